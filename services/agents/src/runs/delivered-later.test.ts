import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAgent, aReader, first, join, startAgents, value } from '../../test/start-agents.ts'

// Whatever is delivered later than it was made is decided at delivery, for its receiver, and logged: `checkReadSets` writes the row.

test('a retry under an idempotency key is decided and logged for who sends it, and is not there once they left', async (t) => {
  const { ana, ben, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  state.readable.set(ben.subject, new Set([passage.documentId]))
  const { id: conversationId } = value(await ana.client.createConversation({ agent: agent.id }, ana.call()))
  await join(ana, ben, conversationId)
  const question = { conversationId, text: 'How much?', idempotencyKey: 'once' }
  const made = await ben.answer(question)
  const logged = state.checks.length
  assert.deepEqual((await ben.answer(question)).events, made.events)
  assert.ok(state.checks.length > logged)
  assert.equal(state.checks.at(-1)?.caller.subject, ben.subject)
  state.readable.get(ben.subject)?.clear()
  assert.equal((await ben.answer(question)).fault?.code, 'agents.withheld')
  state.readable.get(ben.subject)?.add(passage.documentId)
  value(await ben.client.leaveConversation({ conversationId }, ben.call()))
  assert.equal((await ben.answer(question)).fault?.code, 'agents.not-found')
})

test('an idempotency key belongs to principal, actor and route', async (t) => {
  const { ana, ben, gateway, workspaceId } = await startAgents(t)
  const agent = await anAgent(ana)
  const app = aReader(gateway, workspaceId, { subject: ana.subject, actors: ['service:svc_app'] })
  const question = { agent: agent.id, text: 'How much?', idempotencyKey: 'once' }
  const { conversationId, runId } = first((await ana.answer(question)).events, 'run.started')
  const runs = new Set([runId])
  for (const other of [
    await ben.answer(question),
    await app.answer(question),
    await ana.answer({ conversationId, text: 'How much?', idempotencyKey: 'once' }),
  ])
    runs.add(first(other.events, 'run.started').runId)
  assert.equal(runs.size, 4)
  assert.equal(first((await app.answer(question)).events, 'run.started').conversationId === conversationId, false)
})

test('a stream that is resumed, a second reader and a stored answer are each decided for who receives them', async (t) => {
  const { ana, ben, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?' })
  const { conversationId, messageId } = first(events, 'run.started')
  await join(ana, ben, conversationId)
  const deliveries = [
    async (reader: typeof ana) => (await reader.events(conversationId, messageId, 2)).fault?.code ?? 'given',
    async (reader: typeof ana) =>
      (await reader.conversation(conversationId)).messages[1]?.withheld === true ? 'agents.withheld' : 'given',
  ]
  for (const deliver of deliveries) {
    const before = state.checks.length
    assert.equal(await deliver(ana), 'given')
    assert.equal(await deliver(ben), 'agents.withheld')
    const asked = state.checks.slice(before)
    assert.deepEqual(
      asked.map(({ caller, items }) => [caller.subject, items.at(-1)?.entries[0]?.passageId]),
      [
        [ana.subject, passage.passageId],
        [ben.subject, passage.passageId],
      ],
    )
  }
})

test('what somebody asked for themselves is delivered again to them alone, and the rights of others do not bear on it', async (t) => {
  const { ana, ben, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const { id: conversationId } = value(await ana.client.createConversation({ agent: agent.id }, ana.call()))
  state.readable.set(ben.subject, new Set([passage.documentId]))
  await join(ana, ben, conversationId)
  const question = { conversationId, text: 'And me?', audience: 'me', idempotencyKey: 'once' } as const
  const { events } = await ana.answer(question)
  const { messageId } = first(events, 'run.started')
  state.readable.get(ben.subject)?.clear()
  state.revision++
  assert.deepEqual((await ana.events(conversationId, messageId)).events, events)
  assert.deepEqual((await ana.answer(question)).events, events)
  assert.equal((await ben.events(conversationId, messageId)).fault?.code, 'agents.not-found')
})
