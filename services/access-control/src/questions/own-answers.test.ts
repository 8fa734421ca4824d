import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { askableContent } from '../../test/questions.ts'
import { loggedRows } from '../../test/logged.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('without a role one learns about oneself, and nothing else', async (t) => {
  const access = await startAccessControl(t)
  const a = await askableContent(access)
  const { aUser, aSpace, aDataSource, write, workspace } = a
  const [ana, ben] = [await aUser(), await aUser()]
  const auditor = await aUser({ roles: ['auditor'] })
  const source = await aDataSource(await aSpace('public'))
  const elsewhere = await askableContent(access)
  const foreign = await elsewhere.write(await elsewhere.aDataSource(await elsewhere.aSpace('public')), {
    allow: ['public'],
  })
  const [open, closed, denied, quarantined] = [
    await write(source, { allow: [ana] }),
    await write(source, { allow: [ben] }),
    await write(source, { allow: [ana], deny: [ana] }),
    await write(source, { allow: [ana], state: 'quarantined', reason: 'why' }),
  ]
  const hidden = [closed, denied, quarantined, foreign, { documentId: newId('doc') }]
  const check = async (
    subject: string,
    questions: { reader: string; documentId: string; actors?: string[]; purpose?: string }[],
  ) => value(await access.gateway.checkAccess({ questions, atLeast: 0 }, workspace.as(subject))).answers

  await t.test('forbidden, denied, quarantined, foreign and missing are the same bytes', async () => {
    const questions = [open, ...hidden].map(({ documentId }) => ({ reader: ana, documentId }))
    const answers = await check(ana, questions)
    assert.deepEqual(answers[0], { answer: 'allowed' })
    assert.deepEqual(new Set(answers.slice(1).map((answer) => JSON.stringify(answer))), new Set(['{"answer":"no"}']))
    const bodies = await Promise.all(
      hidden.map(async ({ documentId }) => {
        const explained = await access.gateway.explain({ question: { reader: ana, documentId } }, workspace.as(ana))
        const { decisionId: _, receipt: __, ...body } = value(explained)
        return JSON.stringify(body)
      }),
    )
    assert.equal(new Set(bodies).size, 1)
    assert.deepEqual(Object.keys(JSON.parse(bodies[0] ?? '{}')).toSorted(), ['answer', 'revision'])
  })

  await t.test('about others it is that same no, even of what both can read', async () => {
    const both = await write(source, { allow: [ana, ben] })
    const others = [
      { reader: ben, documentId: both.documentId },
      { reader: `user:${newId('usr')}`, documentId: both.documentId },
      { reader: ana, documentId: both.documentId, actors: [await a.anAgent()] },
      { reader: ana, documentId: both.documentId, purpose: 'audit' },
    ]
    assert.deepEqual(
      await check(ana, others),
      others.map(() => ({ answer: 'no' })),
    )
    assert.deepEqual(await check(ana, [{ reader: ana, documentId: both.documentId }]), [{ answer: 'allowed' }])
    const explained = await access.gateway.explain(
      { question: others[0] ?? { reader: '', documentId: '' } },
      workspace.as(ana),
    )
    const { decisionId: _, receipt: __, revision: ___, ...body } = value(explained)
    assert.deepEqual(body, { answer: 'no' })
  })

  await t.test('auditors ask about anybody, in person; through an agent they are one of many', async () => {
    const question = { reader: ana, documentId: open.documentId }
    assert.deepEqual(await check(auditor, [question, { ...question, reader: ben }]), [
      { answer: 'allowed', view: 'full' },
      { answer: 'no', view: 'none' },
    ])
    const agent = await a.anAgent()
    const through = await access.gateway.checkAccess({ questions: [question] }, workspace.as(auditor, [agent]))
    assert.deepEqual(value(through).answers, [{ answer: 'no' }])
  })

  await t.test('who asks through an agent learns what they get through it', async () => {
    const narrow = await a.anAgent({ dataSourceIds: [newId('src')] })
    const questions = [{ reader: ana, documentId: open.documentId }]
    const asked = await access.gateway.checkAccess({ questions }, workspace.as(ana, [narrow]))
    assert.deepEqual(value(asked).answers, [{ answer: 'no' }])
  })

  await t.test('readers, documents of others, simulation and changes take a role', async () => {
    const as = workspace.as(ana)
    const { documentId } = open
    const codes = [
      await access.gateway.listReaders({ documentId }, as),
      await access.gateway.listReaders({ documentId: newId('doc') }, as),
      await access.gateway.listReadable({ reader: ben }, as),
      await access.gateway.simulate({ changes: [{ type: 'label.deleted', label: 'salary' }] }, as),
      await access.gateway.listChanges({}, as),
    ].map(codeOf)
    assert.deepEqual(
      codes,
      codes.map(() => 'access.forbidden'),
    )
    // Whether a policy set is there, and what is wrong with one, is told to nobody else either.
    const sets = [
      newId('pol'),
      await a.draft('forbid (principal, action == Action::"use", resource);'),
      await a.draft('no'),
    ]
    const simulated = sets.map(async (policySetId) =>
      codeOf(await access.gateway.simulate({ changes: [{ type: 'policies.published', policySetId }] }, as)),
    )
    assert.deepEqual(new Set(await Promise.all(simulated)), new Set(['access.forbidden']))
    const own = value(await access.gateway.listReadable({ reader: ana }, as))
    assert.ok(own.items.some((item) => item.documentId === documentId))
  })

  await t.test('a thousand questions are one answer and one row; of one more the contract knows nothing', async () => {
    const documents = [open, closed, denied, quarantined]
    const questions = Array.from({ length: 1000 }, (_, index) => ({
      reader: [ana, ben][index % 2] ?? '',
      documentId: documents[index % 4]?.documentId ?? '',
    }))
    const asked = value(await access.gateway.checkAccess({ questions }, workspace.asAdmin()))
    assert.deepEqual(
      asked.answers.slice(0, 4).map(({ answer }) => answer),
      ['allowed', 'allowed', 'no', 'no'],
    )
    const [row] = await loggedRows(access.db, workspace.workspaceId, { decisionId: asked.decisionId })
    assert.deepEqual([row?.kind, row?.documents.length], ['access-check', 4])
    const more = [...questions, { reader: ana, documentId: newId('doc') }]
    assert.equal(
      codeOf(await access.gateway.checkAccess({ questions: more }, workspace.asAdmin())),
      'bus.contract-mismatch',
    )
  })

  await t.test('changes are listed newest first, and that is logged', async () => {
    const first = value(await access.gateway.listChanges({ limit: 3 }, workspace.as(auditor)))
    const second = value(
      await access.gateway.listChanges({ limit: 3, cursor: first.nextCursor ?? '' }, workspace.as(auditor)),
    )
    const revisions = [...first.items, ...second.items].map(({ revision }) => revision)
    assert.deepEqual(
      revisions,
      Array.from({ length: 6 }, (_, index) => first.revision - index),
    )
    const rows = await loggedRows(access.db, workspace.workspaceId, { subject: auditor, kinds: ['audit'] })
    assert.deepEqual(
      rows.map(({ operation }) => operation),
      ['listChanges', 'listChanges'],
    )
  })
})
