import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aPassage, saying } from '../../test/neighbours.ts'
import { anAgent, first, startAgents } from '../../test/start-agents.ts'
import { unionOf } from './read-sets.store.ts'

test('an answer keeps with which views and labels its passages were read, and hands them on to what is made from it', async (t) => {
  const { ana, state, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const labelled = { ...aPassage('Pay is [salary].', 'Pay'), view: 'redacted' as const, labels: ['salary', 'draft'] }
  state.passages = [labelled]
  state.readable.get(ana.subject)?.add(labelled.documentId)
  state.cleared.set(ana.subject, new Set(['salary', 'draft', 'board']))
  state.model = saying('Pay is masked [1].')
  const { events } = await ana.answer({ agent: agent.id, text: 'What is the pay?' })
  const { conversationId, messageId } = first(events, 'run.started')
  assert.equal(first(events, 'citation.added').citation.view, 'redacted')
  const { documentId, passageId, contentVersion } = labelled
  const entry = { documentId, passageId, contentVersion, view: 'redacted', labels: ['salary', 'draft'] }
  // Found again under another label, and inherited under those of then.
  state.passages = [{ ...labelled, labels: ['salary', 'board'] }]
  const memo = first((await ana.answer({ conversationId, text: 'As a memo' })).events, 'run.started')
  const rows = await db.selectFrom('read_sets').selectAll().where('message_id', '=', memo.messageId).execute()
  assert.deepEqual(
    new Set(rows.map(({ labels }) => labels.toSorted().join(' '))),
    new Set(['board salary', 'draft salary']),
  )
  assert.deepEqual(state.checks.find(({ items }) => items.some(({ id }) => id === messageId))?.items[0]?.entries, [
    entry,
  ])

  state.cleared.get(ana.subject)?.delete('board')
  const { messages } = await ana.conversation(conversationId)
  assert.deepEqual(
    messages.map(({ withheld }) => withheld),
    [false, false, false, true],
  )
  state.cleared.get(ana.subject)?.clear()
  const now = (await ana.conversation(conversationId)).messages
  assert.deepEqual(
    now.map(({ withheld }) => withheld),
    [false, true, false, true],
  )
})

test('of a digest the title is cited, not its place', async (t) => {
  const { ana, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  state.passages = [{ ...passage, view: 'digest', url: 'https://handbook.example/leave' }]
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?' })
  const { citation } = first(events, 'citation.added')
  assert.deepEqual([citation.title, citation.url, citation.view], [passage.title, undefined, 'digest'])
  assert.equal(first(events, 'passages.found').passages[0]?.url, undefined)
})

test('a union of read sets holds each entry once, every view and every set of labels apart', () => {
  const entry = { documentId: 'doc_a', passageId: 'psg_a', contentVersion: 'ver_a', view: 'full' as const }
  const union = unionOf([
    [{ ...entry, labels: ['a', 'b'] }],
    [
      { ...entry, labels: ['b', 'a'] },
      { ...entry, labels: ['a'] },
      { ...entry, view: 'digest', labels: ['c'] },
    ],
  ])
  assert.deepEqual(union, [
    { ...entry, labels: ['b', 'a'] },
    { ...entry, labels: ['a'] },
    { ...entry, view: 'digest', labels: ['c'] },
  ])
})
