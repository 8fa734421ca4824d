import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aPassage, saying } from '../../test/neighbours.ts'
import { anAgent, aReader, type Ask, code, first, startAgents, value } from '../../test/start-agents.ts'
import { titleOf } from './title-of.ts'

test('a follow-up carries what went before on its branch, and inherits what that was made from', async (t) => {
  const { ana, state, db, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const one = await ana.answer({ agent: agent.id, text: 'How much leave?' })
  const { conversationId } = first(one.events, 'run.started')
  state.passages.length = 0
  state.model = saying('Dear all, you get 30 days.')
  const two = await ana.answer({ conversationId, text: 'Rewrite that as a memo' })
  const turns = state.completions[1]?.messages.slice(1).map(({ role, content }) => [role, content.at(-1)])
  assert.deepEqual(turns, [
    ['user', { type: 'text', text: 'How much leave?' }],
    ['assistant', { type: 'text', text: 'You get 30 days.' }],
    ['user', { type: 'text', text: 'Rewrite that as a memo' }],
  ])
  assert.equal(state.completions[1]?.decisionIds.length, 2)
  const { messageId } = first(two.events, 'run.started')
  const inherited = await db.selectFrom('read_sets').selectAll().where('message_id', '=', messageId).execute()
  assert.deepEqual(
    inherited.map((entry) => entry.passage_id),
    [passage.passageId],
  )
  // A revocation reaches the memo, although no passage was found for it.
  state.readable.get(ana.subject)?.clear()
  const { messages } = await ana.conversation(conversationId)
  assert.deepEqual(
    messages.map(({ withheld }) => withheld),
    [false, true, false, true],
  )
})

test('what follows an answer that cannot be opened any more is refused; elsewhere such an answer is left out', async (t) => {
  const { ana, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much leave?' })
  const { conversationId, messageId } = first(events, 'run.started')
  const other = aPassage('Ask your lead.', 'Asking')
  state.passages.splice(0, 1, other)
  state.readable.get(ana.subject)?.add(other.documentId)
  state.model = saying('Ask your lead [1].')
  await ana.answer({ conversationId, text: 'Whom do I ask?' })
  state.readable.get(ana.subject)?.delete(passage.documentId)
  assert.equal((await ana.answer({ conversationId, text: 'And then?' })).fault?.code, 'agents.withheld')
  assert.equal(
    (await ana.answer({ conversationId, parentId: messageId, text: 'And then?' })).fault?.code,
    'agents.withheld',
  )
  const asked = state.completions.length
  const anew = await ana.answer({ conversationId, parentId: null, text: 'Whom, again?' })
  assert.equal(anew.fault, undefined)
  assert.equal(state.completions.length, asked + 1)
  assert.doesNotMatch(JSON.stringify(state.completions.at(-1)), /30 days/)
})

test('an edit is a sibling question, a retry is a sibling answer, and neither sees the other', async (t) => {
  const { ana, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'First?' })
  const { conversationId, messageId, questionId } = first(events, 'run.started')
  await ana.answer({ conversationId, text: 'Second?' })
  const edit = first(
    (await ana.answer({ conversationId, parentId: messageId, text: 'Second, edited?' })).events,
    'run.started',
  )
  assert.doesNotMatch(JSON.stringify(state.completions.at(-1)), /Second\?/)
  const retry = first((await ana.answer({ conversationId, retryOf: questionId })).events, 'run.started')
  assert.equal(retry.questionId, questionId)
  assert.doesNotMatch(JSON.stringify(state.completions.at(-1)), /Second/)
  const { messages } = await ana.conversation(conversationId)
  const parentOf = new Map(messages.map(({ id, parentId }) => [id, parentId]))
  assert.equal(parentOf.get(edit.questionId), messageId)
  assert.equal(parentOf.get(retry.messageId), questionId)
  assert.equal(messages.length, 7)
})

test('a question that breaks a rule is refused with the field, and nothing is stored', async (t) => {
  const { ana, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'First?' })
  const { conversationId, messageId, questionId } = first(events, 'run.started')
  const before = (await db.selectFrom('messages').selectAll().execute()).length
  const broken: [Ask, string][] = [
    [{ text: 'No place' }, '/conversationId'],
    [{ agent: agent.id, conversationId, text: 'Two places' }, '/conversationId'],
    [{ conversationId }, '/text'],
    [{ conversationId, text: '  ' }, '/text'],
    [{ conversationId, retryOf: messageId }, '/retryOf'],
    [{ conversationId, parentId: questionId, text: 'After a question' }, '/parentId'],
    [{ agent: agent.id, retryOf: questionId }, '/retryOf'],
    [{ conversationId, text: 'x', clientHistory: [] }, '/clientHistory'],
  ]
  for (const [input, field] of broken) {
    const { fault } = await ana.answer(input)
    assert.equal(fault?.code, 'agents.invalid', JSON.stringify(input))
    assert.equal(fault?.errors?.[0]?.field, field)
  }
  assert.equal((await db.selectFrom('messages').selectAll().execute()).length, before)
})

test('conversations are listed newest first, in pages, each reader their own', async (t) => {
  const { ana, gateway, workspaceId, state } = await startAgents(t)
  const agent = await anAgent(ana)
  const mine: string[] = []
  for (const title of ['one', 'two', 'three'])
    mine.unshift(value(await ana.client.createConversation({ agent: agent.handle, title }, ana.call())).id)
  const page = value(await ana.client.listConversations({ limit: 2 }, ana.call()))
  assert.deepEqual(
    page.items.map(({ id }) => id),
    mine.slice(0, 2),
  )
  const next = value(await ana.client.listConversations({ limit: 2, cursor: page.nextCursor ?? '' }, ana.call()))
  assert.deepEqual(
    next.items.map(({ id }) => id),
    mine.slice(2),
  )
  assert.equal(next.nextCursor, undefined)
  const gone = aReader(gateway, workspaceId)
  state.deactivated.add(gone.subject)
  assert.equal(code(await gone.client.listConversations({}, gone.call())), 'access.deactivated')
})

test('feedback on an answer is kept, once per reader, and not on a question', async (t) => {
  const { ana, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'First?' })
  const { conversationId, messageId, questionId } = first(events, 'run.started')
  value(await ana.client.putFeedback({ conversationId, messageId, rating: 'up' }, ana.call()))
  value(await ana.client.putFeedback({ conversationId, messageId, rating: 'down', comment: 'Too short' }, ana.call()))
  const kept = await db.selectFrom('feedback').selectAll().execute()
  assert.deepEqual(
    kept.map(({ rating, comment }) => [rating, comment]),
    [['down', 'Too short']],
  )
  const onQuestion = await ana.client.putFeedback({ conversationId, messageId: questionId, rating: 'up' }, ana.call())
  assert.equal(code(onQuestion), 'agents.invalid')
})

test('a title is the first words of the question', () => {
  assert.equal(titleOf('  How much\n leave? '), 'How much leave?')
  const long = titleOf('word '.repeat(50))
  assert.ok(long.length <= 81 && long.endsWith('word…'))
  assert.ok(titleOf('🌲'.repeat(100)).isWellFormed())
})
