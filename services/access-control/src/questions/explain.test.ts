import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { askableContent } from '../../test/questions.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'
import { loggedRows } from '../../test/logged.ts'

test('every reason has its code, its name and its path', async (t) => {
  const access = await startAccessControl(t)
  const a = await askableContent(access)
  const { aUser, aGroup, aSpace, aDataSource, write, explain } = a
  const ana = await aUser()
  const [inner, guests] = [await aGroup(ana), await aUser({ guest: true })]
  const outer = await aGroup(inner)
  const space = await aSpace('public')
  const source = await aDataSource(space)
  const reasons = async (lists: Parameters<typeof write>[1], question: { reader?: string; actors?: string[] } = {}) => {
    const { documentId } = await write(source, lists)
    const { answer, view, reasons: found, nearest } = await explain({ reader: ana, documentId, ...question })
    return { answer, view, reasons: found, ...(nearest ? { nearest } : {}) }
  }

  await t.test('allowed: all grants, each by the shortest way', async () => {
    const shortcut = await aGroup(ana)
    value(await a.member(outer, shortcut))
    value(await a.member(shortcut, inner))
    assert.deepEqual(await reasons({ allow: [ana, outer, 'workspace:members', 'public', guests] }), {
      answer: 'allowed',
      view: 'full',
      reasons: [
        { code: 'allow', name: outer, path: [ana, [inner, shortcut].toSorted()[0], outer] },
        { code: 'allow', name: 'public', path: [ana, 'public'] },
        { code: 'allow', name: ana, path: [ana] },
        { code: 'allow', name: 'workspace:members', path: [ana, 'workspace:members'] },
      ],
    })
  })

  await t.test('a cycle of groups ends, and everyone may be on the way', async () => {
    const [one, two] = [await aGroup('workspace:members'), await aGroup()]
    value(await a.member(two, one))
    value(await a.member(one, two))
    const { reasons: found } = await reasons({ allow: [two] })
    assert.deepEqual(found, [{ code: 'allow', name: two, path: [ana, 'workspace:members', one, two] }])
  })

  await t.test('a person of a source comes through the link; unlinked, their name is told as nearest', async () => {
    await a.aDirectory(source, [
      { nativeId: 'eng', people: ['u1'] },
      { nativeId: 'all', groups: ['eng'] },
    ])
    const all = `group:${source}:all`
    const before = await reasons({ allow: [`identity:${source}:u1`, 'group:gone'] })
    assert.deepEqual(before, {
      answer: 'no',
      view: 'none',
      reasons: [{ code: 'no-grant' }],
      nearest: [
        { code: 'allow', name: 'group:gone' },
        { code: 'allow', name: `identity:${source}:u1` },
      ],
    })
    value(await access.gateway.linkIdentity({ user: ana, dataSourceId: source, nativeId: 'u1' }, a.admin()))
    const { reasons: found } = await reasons({ allow: [all] })
    assert.deepEqual(found, [
      { code: 'allow', name: all, path: [ana, `identity:${source}:u1`, `group:${source}:eng`, all] },
    ])
  })

  await t.test('denied: all that speaks against it and nothing else, with the layers that say so', async () => {
    const closed = await aSpace()
    const agent = await a.anAgent({ dataSourceIds: [newId('src')] })
    const { documentId } = await write(source, { allow: [ana], deny: [outer], gates: [closed] })
    await a.layer(documentId, { deny: [outer, ana], denyAgents: ['*'] })
    await a.publish(
      `@id("no-members") forbid(principal, action == Action::"read", resource) when { principal.guest == false };`,
    )
    const { answer, reasons: found } = await explain({ reader: ana, actors: [agent], documentId })
    assert.equal(answer, 'no')
    assert.deepEqual(found, [
      {
        code: 'deny',
        name: outer,
        path: [ana, ...(found?.[0]?.path?.slice(1, -1) ?? []), outer],
        layers: ['source', 'workspace'],
      },
      { code: 'deny', name: ana, path: [ana], layers: ['workspace'] },
      { code: 'policy', policyId: 'no-members' },
      { code: 'gate', name: closed, layers: ['source'] },
      { code: 'deny', name: agent, layers: ['workspace'] },
      { code: 'agent-scope', name: agent },
    ])
    await a.publish('')
  })

  await t.test('a gate that is the space, a state, and an agent that is nobody', async () => {
    const closed = await aDataSource(await aSpace())
    const { documentId } = await write(closed, { allow: ['public'] })
    const { reasons: gate } = await explain({ reader: ana, documentId })
    assert.deepEqual(
      gate?.map(({ code, layers }) => [code, layers]),
      [['gate', undefined]],
    )
    const quarantined = await reasons({ allow: [ana], state: 'quarantined', reason: 'an unresolved deny' })
    assert.deepEqual(quarantined.reasons, [{ code: 'state', name: 'quarantined' }])
    const nobody = `agent:${newId('agt')}`
    assert.deepEqual((await reasons({ allow: [ana] }, { actors: [nobody] })).reasons, [
      { code: 'agent-scope', name: nobody },
    ])
  })

  await t.test('labels that lower the view, with the layers that put them there', async () => {
    await a.aLabel('salary', ['hr'], 'redacted')
    await a.aLabel('board', ['board'], 'none')
    const passageId = newId('psg')
    const { documentId, contentVersion } = await write(source, { allow: [ana], labels: ['salary'] })
    const passage = async () => {
      const { answer, view, reasons: found } = await explain({ reader: ana, documentId, passageId })
      return { answer, view, reasons: found }
    }
    assert.deepEqual(await passage(), {
      answer: 'allowed',
      view: 'redacted',
      reasons: [
        { code: 'allow', name: ana, path: [ana] },
        { code: 'label', name: 'salary', layers: ['source'] },
      ],
    })
    await a.putPassages({ documentId, contentVersion }, { [passageId]: [] })
    await a.layer(documentId, { passages: [{ passageId, labels: ['board', 'salary'] }] })
    assert.deepEqual(await passage(), {
      answer: 'no',
      view: 'none',
      reasons: [{ code: 'label', name: 'board', layers: ['workspace'] }],
    })
    // Where the document is refused as well, everything that speaks against the passage is named, and not that no grant speaks for it.
    await write(source, { allow: [], deny: [ana], labels: ['salary'] }, { documentId, contentVersion })
    assert.deepEqual((await passage()).reasons, [
      { code: 'deny', name: ana, path: [ana], layers: ['source'] },
      { code: 'label', name: 'board', layers: ['workspace'] },
    ])
    await write(source, { allow: [], labels: ['salary'] }, { documentId, contentVersion })
    assert.deepEqual((await passage()).reasons, [{ code: 'label', name: 'board', layers: ['workspace'] }])
    await write(source, { allow: [ana], labels: ['salary'] }, { documentId, contentVersion })
    await a.clear(ana, 'board', 'hr')
    assert.deepEqual((await passage()).view, 'full')
  })

  await t.test('it stops at identity: unknown, then deactivated, then the document', async () => {
    const documentId = newId('doc')
    const codes = async (reader: string) => (await explain({ reader, documentId })).reasons
    const gone = await aUser()
    value(await access.gateway.updateUser({ name: gone, state: 'deactivated' }, a.admin()))
    assert.deepEqual(await codes(`user:${newId('usr')}`), [{ code: 'unknown-principal' }])
    assert.deepEqual(await codes(inner), [{ code: 'unknown-principal' }])
    assert.deepEqual(await codes('public'), [{ code: 'unknown-principal' }])
    assert.deepEqual(await codes(gone), [{ code: 'deactivated' }])
    assert.deepEqual(await codes(ana), [{ code: 'unknown-document' }])
  })

  await t.test('twenty of many grants are nearest, and a long list keeps what covers the reader', async () => {
    const many = Array.from({ length: 70 }, () => `user:${newId('usr')}`)
    assert.equal((await reasons({ allow: many })).nearest?.length, 20)
    assert.deepEqual(
      (await reasons({ allow: [...many, outer] })).reasons?.map(({ name }) => name),
      [outer],
    )
  })

  await t.test('every call is a row of the log', async () => {
    const { documentId } = await write(source, { allow: [ana] })
    const { decisionId, receipt } = await explain({ reader: ana, documentId })
    const [row] = await loggedRows(access.db, a.workspace.workspaceId, { decisionId })
    assert.deepEqual(
      [row?.kind, row?.subject, row?.sequence, row?.documents],
      [
        'explain',
        a.workspace.admin,
        receipt.sequence,
        [{ documentId, passages: 0, decision: 'allowed', view: 'full', reasons: ['allow'] }],
      ],
    )
  })
})

test('the past is explained as it was', async (t) => {
  const access = await startAccessControl(t)
  const a = await askableContent(access)
  const { aUser, aGroup, aSpace, aDataSource, write, explain } = a
  const ana = await aUser()
  const source = await aDataSource(await aSpace('public'))
  const revisionNow = async () =>
    (
      await access.db
        .selectFrom('workspaces')
        .select('revision')
        .where('id', '=', a.workspace.workspaceId)
        .executeTakeFirstOrThrow()
    ).revision

  await t.test('a membership that ended, a group that was deleted', async () => {
    const [group, deleted] = [await aGroup(ana), await aGroup(ana)]
    const { documentId } = await write(source, { allow: [group, deleted] })
    const atRevision = await revisionNow()
    value(await a.leave(group, ana))
    value(await access.gateway.deleteGroup({ name: deleted }, a.admin()))
    assert.equal((await explain({ reader: ana, documentId })).answer, 'no')
    const then = await explain({ reader: ana, documentId }, { atRevision })
    assert.deepEqual(
      [then.answer, then.revision, then.reasons?.map(({ path }) => path)],
      [
        'allowed',
        atRevision,
        [
          [ana, group],
          [ana, deleted],
        ],
      ],
    )
    assert.equal((await explain({ reader: ana, documentId }, { atRevision: atRevision + 1 })).reasons?.length, 1)
  })

  await t.test('a label that was redefined, a clearance that was taken back', async () => {
    await a.aLabel('deal', ['deals'], 'redacted')
    await a.clear(ana, 'deals')
    const { documentId } = await write(source, { allow: [ana], labels: ['deal'] })
    const question = { reader: ana, documentId, passageId: newId('psg') }
    const cleared = await revisionNow()
    await a.clear(ana)
    const redacted = await revisionNow()
    await a.aLabel('deal', ['deals'], 'none')
    const views = [{}, { atRevision: redacted }, { atRevision: cleared }].map(
      async (when) => (await explain(question, when)).view,
    )
    assert.deepEqual(await Promise.all(views), ['none', 'redacted', 'full'])
  })

  await t.test('policies that came later, agents that changed, lists that changed, a document that ended', async () => {
    const agent = await a.anAgent()
    const { documentId } = await write(source, { allow: [ana] })
    const question = { reader: ana, actors: [agent], documentId }
    const open = await revisionNow()
    const { revision: forbidden } = await a.publish(
      '@id("nothing") forbid(principal, action == Action::"read", resource);',
    )
    await write(source, { allow: [] }, { documentId })
    await a.publish('')
    const closed = await revisionNow()
    const removed = await access.connectors.removeDocuments(
      { dataSourceId: source, documentIds: [documentId] },
      a.connector(source),
    )
    value(removed)
    const codes = async (when: { atRevision?: number }) => {
      const { reasons: found, policyVersion } = await explain(question, when)
      return [found?.map(({ code }) => code), policyVersion]
    }
    assert.deepEqual(await codes({}), [['unknown-document'], 2])
    assert.deepEqual(await codes({ atRevision: closed }), [['no-grant'], 2])
    assert.deepEqual(await codes({ atRevision: forbidden }), [['policy'], 1])
    assert.deepEqual(await codes({ atRevision: open }), [['allow'], 0])
  })

  await t.test('a time is the last revision that had been reached', async () => {
    const group = await aGroup(ana)
    const { documentId } = await write(source, { allow: [group] })
    const atRevision = await revisionNow()
    const { at } = await access.db
      .selectFrom('changes')
      .select('at')
      .where('workspace_id', '=', a.workspace.workspaceId)
      .where('revision', '=', atRevision)
      .executeTakeFirstOrThrow()
    value(await a.leave(group, ana))
    // Half a millisecond after: the database keeps more digits of a time than it is asked with.
    const then = await explain({ reader: ana, documentId }, { atTime: new Date(at.getTime() + 1).toISOString() })
    assert.ok(then.revision >= atRevision)
    const early = await access.gateway.explain(
      { question: { reader: ana, documentId }, atTime: '2001-01-01T00:00:00Z' },
      a.admin(),
    )
    assert.equal(codeOf(early), 'access.invalid')
  })

  await t.test('a revision from the future is refused', async () => {
    const question = { reader: ana, documentId: newId('doc') }
    const future = await access.gateway.explain({ question, atRevision: (await revisionNow()) + 1 }, a.admin())
    assert.equal(codeOf(future), 'access.future-revision')
    const demanded = await access.gateway.checkAccess(
      { questions: [question], atLeast: (await revisionNow()) + 1 },
      a.admin(),
    )
    assert.equal(codeOf(demanded), 'access.future-revision')
  })
})
