import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { loggedRows } from '../../../test/logged.ts'
import { askableContent } from '../../../test/questions.ts'
import { codeOf, startAccessControl, value } from '../../../test/start-access-control.ts'
import { tracesOf } from '../../../test/traces.ts'

test('what if', async (t) => {
  const access = await startAccessControl(t)
  const { gateway } = access
  const a = await askableContent(access)
  const { aUser, aGroup, aSpace, aDataSource, write, admin, workspace } = a
  const [ana, ben] = [await aUser(), await aUser()]
  const space = await aSpace('public')
  const source = await aDataSource(space)

  await t.test('who gains is told with the views, and the call is a row of the log without a name', async () => {
    const group = await aGroup()
    const { documentId } = await write(source, { allow: [group] })
    const changes = [{ type: 'membership.added' as const, container: group, member: ana }]
    const { decisionId, receipt, revision, ...told } = value(await gateway.simulate({ changes }, admin()))
    assert.ok(receipt && revision > 0)
    assert.deepEqual(told, {
      gained: [{ reader: ana, documentId, from: 'none', to: 'full' }],
      lost: [],
      readers: 3,
      documents: 1,
      complete: true,
    })
    const [row] = await loggedRows(access.db, workspace.workspaceId, { decisionId })
    assert.deepEqual([row?.kind, row?.documents.map((document) => document.documentId)], ['simulate', [documentId]])
    assert.ok(!JSON.stringify(row?.details).includes('usr_'))
  })

  await t.test('changes are made one on top of the other', async () => {
    const [group, outer] = [await aGroup(), await aGroup()]
    const { documentId } = await write(source, { allow: [outer] })
    const join = { type: 'membership.added' as const, container: group, member: ana }
    const nest = { type: 'membership.added' as const, container: outer, member: group }
    const leave = { ...join, type: 'membership.removed' as const }
    const gained = async (...changes: (typeof join | typeof leave)[]) =>
      value(await gateway.simulate({ changes }, admin())).gained.map((difference) => difference.documentId)
    assert.deepEqual(
      [await gained(join, nest), await gained(nest, join), await gained(join)],
      [[documentId], [documentId], []],
    )
    assert.deepEqual(await gained(join, nest, leave), [])
  })

  await t.test(
    'a draft is judged by its text: what is published later under the same version is judged by its own',
    async () => {
      const { documentId } = await write(source, { allow: ['public'] })
      const harsh = await a.draft('@id("nobody") forbid(principal, action == Action::"read", resource);')
      const changes = [{ type: 'policies.published' as const, policySetId: harsh }]
      const asked = { changes, documentIds: [documentId], readers: [ana, ben] }
      const told = value(await gateway.simulate(asked, admin()))
      assert.deepEqual(
        told.lost.map(({ reader, from, to }) => `${reader} ${from} ${to}`).toSorted(),
        [ana, ben].map((reader) => `${reader} full none`).toSorted(),
      )
      await a.publish('@id("guests") forbid(principal, action == Action::"read", resource) when { principal.guest };')
      const answers = value(await gateway.checkAccess({ questions: [{ reader: ana, documentId }] }, admin())).answers
      assert.deepEqual(answers, [{ answer: 'allowed', view: 'full' }])
      const broken = await a.draft('forbid(principal, action')
      const refused = await gateway.simulate(
        { changes: [{ type: 'policies.published', policySetId: broken }] },
        admin(),
      )
      assert.equal(codeOf(refused), 'access.invalid')
      await a.publish('')
    },
  )

  await t.test('a refusal names the change, and leaves nothing behind', async () => {
    const group = await aGroup()
    const good = { type: 'membership.added' as const, container: group, member: ana }
    const traces = await tracesOf(access.db)
    const bad = async (change: Parameters<typeof gateway.simulate>[0]['changes'][number]) => {
      const answer = await gateway.simulate({ changes: [good, change] }, admin())
      assert.ok(!answer.ok && JSON.stringify(answer.fault).includes('/changes/1'), JSON.stringify(answer))
      return answer.fault.code
    }
    const lists = { deny: [], gates: [], denyAgents: [], labels: [] }
    assert.deepEqual(
      [
        await bad({ type: 'membership.added', container: `group:${newId('grp')}`, member: ana }),
        await bad({ type: 'membership.added', container: group, member: `user:${newId('usr')}` }),
        await bad({ type: 'membership.added', container: group, member: space }),
        await bad({ type: 'clearances.set', principal: space, clearances: ['hr'] }),
        await bad({ type: 'user.changed', name: `user:${newId('usr')}`, guest: true }),
        await bad({ type: 'document.changed', documentId: newId('doc'), ...lists }),
        await bad({ type: 'document.changed', documentId: newId('doc'), ...lists, gates: [group] }),
      ],
      ['not-found', 'not-found', 'invalid', 'invalid', 'not-found', 'not-found', 'invalid'].map(
        (code) => `access.${code}`,
      ),
    )
    const missing = await gateway.simulate(
      { changes: [{ type: 'policies.published', policySetId: newId('pol') }] },
      admin(),
    )
    assert.equal(codeOf(missing), 'access.not-found')
    assert.deepEqual(await tracesOf(access.db), traces)
  })

  await t.test('writers and simulations at the same time do not wait for each other in vain', async () => {
    const group = await aGroup()
    const { documentId } = await write(source, { allow: [group] })
    const people = await Promise.all(Array.from({ length: 6 }, () => aUser()))
    const asked = people.map(async (member) => {
      const changes = [{ type: 'membership.added' as const, container: group, member }]
      const [real, told] = await Promise.all([
        a.member(group, member),
        gateway.simulate({ changes, readers: [member] }, admin()),
      ])
      value(real)
      // Before or after the real change: it is told, or there is nothing left to tell.
      assert.ok(value(told).gained.length <= 1)
    })
    await Promise.all(asked)
    const questions = people.map((reader) => ({ reader, documentId }))
    const { answers } = value(await gateway.checkAccess({ questions }, admin()))
    assert.deepEqual(
      answers.map(({ answer }) => answer),
      people.map(() => 'allowed'),
    )
  })

  await t.test('a delegate simulates what they could write, over the documents of their space alone', async () => {
    const delegate = await aUser()
    const [mine, other] = [await aSpace(), await aSpace()]
    value(await gateway.addDelegate({ space: mine, principal: delegate }, admin()))
    const [inMine, inOther] = [await aDataSource(mine), await aDataSource(other)]
    const own = await write(inMine, { allow: ['public'] })
    // Lies elsewhere, and mentions the delegate's space.
    const gated = await write(inOther, { allow: ['public'], gates: [mine] })
    value(await a.member(other, ben))
    const changes = [{ type: 'membership.added' as const, container: mine, member: ben }]
    const as = (subject: string) => workspace.as(subject)
    const seen = async (subject: string) =>
      value(await gateway.simulate({ changes }, as(subject)))
        .gained.map(({ documentId }) => documentId)
        .toSorted()
    assert.deepEqual(await seen(delegate), [own.documentId])
    assert.deepEqual(await seen(workspace.admin), [own.documentId, gated.documentId].toSorted())
    const lists = { deny: [ben], gates: [], denyAgents: [], labels: [] }
    const refused = [
      [{ type: 'membership.added' as const, container: other, member: ben }],
      [...changes, { type: 'user.changed' as const, name: ben, guest: true }],
      [{ type: 'document.changed' as const, documentId: gated.documentId, ...lists }],
      [{ type: 'document.changed' as const, documentId: newId('doc'), ...lists }],
    ].map(async (wanted) => codeOf(await gateway.simulate({ changes: wanted }, as(delegate))))
    assert.deepEqual(
      await Promise.all(refused),
      refused.map(() => 'access.forbidden'),
    )
    const about = [{ type: 'document.changed' as const, documentId: own.documentId, ...lists }]
    assert.equal(codeOf(await gateway.simulate({ changes: about }, as(delegate))), undefined)
    assert.equal(codeOf(await gateway.listReaders({ documentId: own.documentId }, as(delegate))), undefined)
    assert.equal(codeOf(await gateway.listReaders({ documentId: gated.documentId }, as(delegate))), 'access.forbidden')
    assert.equal(codeOf(await gateway.listReaders({ documentId: newId('doc') }, as(delegate))), 'access.forbidden')
  })

  await t.test('a revision from the future is refused', async () => {
    const changes = [{ type: 'label.deleted' as const, label: 'salary' }]
    assert.equal(codeOf(await gateway.simulate({ changes, atLeast: 1_000_000 }, admin())), 'access.future-revision')
  })
})
