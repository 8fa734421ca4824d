import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAgent, first, startAgents } from '../../test/start-agents.ts'

test('to erase a document destroys every text that was made from it, through any number of turns, and nothing else', async (t) => {
  const { ana, ben, state, passage, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const asked = first((await ana.answer({ agent: agent.id, text: 'How many days?' })).events, 'run.started')
  const { conversationId } = asked
  state.passages = []
  const memo = first((await ana.answer({ conversationId, text: 'As a memo' })).events, 'run.started')
  const other = first((await ana.answer({ agent: agent.id, text: 'Hello?' })).events, 'run.started')
  const erase = (who: typeof ana) => who.client.eraseDerived({ documentId: passage.documentId }, who.call())
  const refused = await erase(ben)
  assert.equal(refused.ok ? '' : refused.fault.code, 'access.forbidden')
  state.roles.set(ben.subject, ['admin'])
  const erased = await erase(ben)
  assert.deepEqual(erased.ok && erased.value, { messages: 2 })
  const again = await erase(ben)
  assert.deepEqual(again.ok && again.value, { messages: 0 })
  const texts = await db
    .selectFrom('messages')
    .select(['id', 'text', 'citations'])
    .where('role', '=', 'assistant')
    .execute()
  for (const { id, text, citations } of texts) {
    const isOther = id === other.messageId
    assert.equal(text !== '', isOther)
    if (!isOther) assert.deepEqual(citations, [])
  }
  const runs = await db
    .selectFrom('runs')
    .select('id')
    .where('message_id', 'in', [asked.messageId, memo.messageId])
    .execute()
  for (const table of ['run_events', 'run_steps'] as const) {
    const left = await db
      .selectFrom(table)
      .select('run_id')
      .where(
        'run_id',
        'in',
        runs.map(({ id }) => id),
      )
      .execute()
    assert.deepEqual(left, [])
  }
  const { messages } = await ana.conversation(conversationId)
  assert.equal(messages.length, 4)
})
