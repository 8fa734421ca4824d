import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessContract } from '@tessera/shared/contracts/access-control'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { twoHalves } from '../../test/neighbours.ts'
import { anAgent, assertGapless, code, first, startAgents, value } from '../../test/start-agents.ts'
import type { AgentsDatabase } from '../database.ts'
import { withAgent } from '../edge/callers.ts'
import { deliver } from './deliver.ts'
import { createLiveRuns } from './live-runs.ts'

test('a second reader, on another replica, sees the same events under the same numbers while they come', async (t) => {
  const { ana, state, db, network } = await startAgents(t)
  const agent = await anAgent(ana)
  const told = twoHalves(state)
  const asked = ana.answer({ agent: agent.id, text: 'How much?' })
  const run = await eventually(() =>
    db.selectFrom('runs').selectAll().where('last_seq', '>', 2).executeTakeFirstOrThrow(),
  )
  // A process that does not work on the run has only the table.
  const bus = network.join('agents')
  const elsewhere = { db, bus, access: bus.connectTo(accessContract), live: createLiveRuns() }
  const delivery = { run: { id: run.id, agentId: agent.id, messageId: run.message_id }, after: 0 }
  const call = bus.callFor(
    withAgent({ workspaceId: run.workspace_id, subject: ana.subject, actors: [], scopes: [] }, agent.id),
    {
      timeoutMs: 10_000,
    },
  )
  const seen: RunEvent[] = []
  for await (const event of deliver(elsewhere, { ...delivery, decided: 'before' }, call)) {
    assert.ok(event.ok)
    seen.push(event.value)
    if (event.value.type === 'text.delta') told.resolve()
  }
  assert.deepEqual(seen, (await asked).events)
  assertGapless(seen)
})

test('a reader who comes back gets exactly the events after the last one they had', async (t) => {
  const { ana } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?' })
  const { conversationId, messageId } = first(events, 'run.started')
  for (let had = 0; had <= events.length; had++) {
    const rest = await ana.events(conversationId, messageId, had)
    assert.deepEqual(rest.events, events.slice(had))
    assert.equal(rest.fault, undefined)
  }
})

test('a run goes on when its reader leaves, and ends when the reader said so before', async (t) => {
  const { ana, state, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const leaveAtFirstText = async (cancelOnLeave: boolean) => {
    const left = new AbortController()
    let started: { conversationId: string; messageId: string } | undefined
    for await (const event of ana.ask({ agent: agent.id, text: 'How much?', cancelOnLeave }, left.signal)) {
      if (!event.ok) break
      if (event.value.type === 'run.started') started = event.value
      if (event.value.type === 'text.delta') left.abort()
    }
    assert.ok(started)
    return started
  }
  const goes = twoHalves(state)
  const going = await leaveAtFirstText(false)
  goes.resolve()
  const { events } = await ana.events(going.conversationId, going.messageId)
  assert.equal(events.at(-1)?.type, 'run.completed')

  twoHalves(state)
  const ending = await leaveAtFirstText(true)
  const { events: cancelled } = await ana.events(ending.conversationId, ending.messageId)
  assert.equal(first(cancelled, 'run.cancelled').reason, 'asked')
  assertGapless(cancelled)
  assert.equal((await db.selectFrom('runs').selectAll().where('state', '=', 'running').execute()).length, 0)
})

for (const [how, cancel] of [
  ['here', undefined],
  // All that another replica does is to set this column.
  ['through another replica', (db: AgentsDatabase) => db.updateTable('runs').set({ cancel: 'asked' }).execute()],
] as const) {
  test(`a run that is cancelled ${how} keeps what came, and ends once`, async (t) => {
    const { ana, state, db } = await startAgents(t)
    const agent = await anAgent(ana)
    twoHalves(state)
    let cancelled: Promise<unknown> | undefined
    const events: RunEvent[] = []
    for await (const event of ana.ask({ agent: agent.id, text: 'How much?' })) {
      assert.ok(event.ok)
      events.push(event.value)
      if (event.value.type !== 'text.delta') continue
      const { conversationId, messageId } = first(events, 'run.started')
      cancelled ??= cancel?.(db) ?? ana.client.cancelRun({ conversationId, messageId }, ana.call())
    }
    const result = await cancelled
    if (!cancel) assert.deepEqual(result, ok({ state: 'cancelled' }))
    assert.equal(first(events, 'run.cancelled').reason, 'asked')
    assertGapless(events)
    const { messages } = await ana.conversation(first(events, 'run.started').conversationId)
    assert.equal(messages[1]?.state, 'cancelled')
    assert.equal(messages[1]?.text, 'You get ')
    assert.equal(messages[1]?.partial, true)
  })
}

test('access that is revoked while the model speaks ends the stream and the run, and withholds what was sent', async (t) => {
  const { ana, state } = await startAgents(t)
  const agent = await anAgent(ana)
  twoHalves(state)
  const events = []
  for await (const event of ana.ask({ agent: agent.id, text: 'How much?' })) {
    assert.ok(event.ok)
    events.push(event.value)
    if (event.value.type !== 'text.delta') continue
    state.readable.get(ana.subject)?.clear()
    state.revision++
  }
  assert.equal(first(events, 'run.cancelled').reason, 'access.revoked')
  assertGapless(events)
  const { conversationId, messageId } = first(events, 'run.started')
  assert.equal((await ana.events(conversationId, messageId)).fault?.code, 'agents.withheld')
  await eventually(async () => {
    const [, answer] = (await ana.conversation(conversationId)).messages
    assert.notEqual(answer?.state, 'running')
    assert.equal(answer?.withheld, true)
    assert.equal(answer?.text, '')
  })
  const cancelled = await ana.client.cancelRun({ conversationId, messageId }, ana.call())
  assert.deepEqual(cancelled, ok({ state: 'completed' }), 'how it ended is not told either')
})

test('an answer is decided when it is read: withheld after a revocation, and back when access is given again', async (t) => {
  const { ana, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?' })
  const { conversationId, messageId } = first(events, 'run.started')
  state.readable.get(ana.subject)?.clear()
  const { messages } = await ana.conversation(conversationId)
  assert.deepEqual(messages[1], {
    id: messageId,
    parentId: messages[0]?.id,
    role: 'assistant',
    author: `agent:${agent.id}`,
    createdAt: messages[1]?.createdAt,
    state: 'completed',
    withheld: true,
    text: '',
    partial: false,
    citations: [],
  })
  assert.equal(messages[0]?.text, 'How much?')
  const again = await ana.events(conversationId, messageId)
  assert.deepEqual([again.events, again.fault?.code], [[], 'agents.withheld'])
  state.readable.get(ana.subject)?.add(passage.documentId)
  assert.equal((await ana.conversation(conversationId)).messages[1]?.text, 'You get 30 days [1].')
})

test('the same idempotency key gives the same run, decided anew at delivery, and another request under it is refused', async (t) => {
  const { ana, ben, state, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const question = { agent: agent.id, text: 'How much?', idempotencyKey: 'once' }
  const [one, two] = await Promise.all([ana.answer(question), ana.answer(question)])
  assert.deepEqual(one.events, two.events)
  assert.equal((await db.selectFrom('runs').selectAll().execute()).length, 1)
  assert.equal((await ana.answer({ ...question, text: 'Another' })).fault?.code, 'agents.conflict')
  const bens = await ben.answer(question)
  assert.notEqual(first(bens.events, 'run.started').runId, first(one.events, 'run.started').runId)
  state.readable.get(ana.subject)?.clear()
  assert.equal((await ana.answer(question)).fault?.code, 'agents.withheld')
})

test('the conversation of another is the same as none, for every operation', async (t) => {
  const { ana, ben } = await startAgents(t)
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?' })
  const { conversationId, messageId } = first(events, 'run.started')
  const answers = async (conversationId: string, messageId: string) => {
    const { client } = ben
    const rating = 'up' as const
    return [
      await client.getConversation({ conversationId }, ben.call()),
      await client.deleteConversation({ conversationId }, ben.call()),
      await client.cancelRun({ conversationId, messageId }, ben.call()),
      await client.putFeedback({ conversationId, messageId, rating }, ben.call()),
      { ok: false as const, fault: (await ben.events(conversationId, messageId)).fault },
      { ok: false as const, fault: (await ben.answer({ conversationId, text: 'Hello?' })).fault },
    ]
  }
  const foreign = await answers(conversationId, messageId)
  assert.deepEqual(foreign, await answers(newId('cnv'), newId('msg')))
  for (const answer of foreign) assert.equal(!answer.ok && answer.fault?.code, 'agents.not-found')
  assert.equal(value(await ben.client.listConversations({}, ben.call())).items.length, 0)
})

test('a conversation that is deleted takes everything along, and its run writes nothing more', async (t) => {
  const { ana, state, db } = await startAgents(t)
  const agent = await anAgent(ana)
  const told = twoHalves(state)
  const events: RunEvent[] = []
  let fault: string | undefined
  for await (const event of ana.ask({ agent: agent.id, text: 'How much?' })) {
    if (!event.ok) {
      fault = event.fault.code
      break
    }
    events.push(event.value)
    if (event.value.type !== 'passages.found') continue
    const { conversationId } = first(events, 'run.started')
    value(await ana.client.deleteConversation({ conversationId }, ana.call()))
    told.resolve()
  }
  assert.equal(fault, 'agents.not-found')
  const { conversationId } = first(events, 'run.started')
  for (const table of ['messages', 'runs', 'run_events', 'run_steps', 'read_sets'] as const)
    assert.deepEqual(await db.selectFrom(table).selectAll().execute(), [], table)
  assert.equal(code(await ana.client.getConversation({ conversationId }, ana.call())), 'agents.not-found')
})
