import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { anAgent, aReader, first, startAgents, value } from '../../test/start-agents.ts'
import type { Boundary } from './run-agent.ts'

test('every call of a run names the person, the app that acts for them and the agent, in this order, wherever the run works', async (t) => {
  let alive = true
  const onBoundary = (name: Boundary) => {
    if (name !== 'search.journaled' || !alive) return
    alive = false
    throw new Error('died')
  }
  const { ana, gateway, workspaceId, state, startReplica, db } = await startAgents(t, {
    leaseMs: 300,
    hooks: { onBoundary },
  })
  const agent = await anAgent(ana)
  const appName = `service:${newId('svc')}`
  const keyId = newId('key')
  const app = aReader(gateway, workspaceId, { subject: ana.subject, actors: [appName], purpose: 'support', keyId })
  const asked = app.answer({ agent: agent.id, text: 'How much?' })
  await eventually(() => db.selectFrom('run_steps').selectAll().executeTakeFirstOrThrow())
  await startReplica({ hooks: {} })
  assert.equal((await asked).events.at(-1)?.type, 'run.completed')
  const callers = [...state.searches, ...state.completing, ...state.checks].map(({ caller }) => caller)
  assert.ok(callers.length >= 3)
  for (const caller of callers) {
    assert.equal(caller.subject, ana.subject)
    assert.deepEqual(caller.actors, [appName, `agent:${agent.id}`])
    assert.deepEqual([caller.purpose, caller.keyId], ['support', keyId])
  }
})

test('a service account that begins a run is its subject; the account of the agent is never used in its place', async (t) => {
  const { ana, gateway, workspaceId, state, passage } = await startAgents(t)
  const agent = await anAgent(ana)
  const agentsOwn = `service:${newId('svc')}`
  const updated = value(await ana.client.updateAgent({ agentId: agent.id, serviceAccount: agentsOwn }, ana.call()))
  assert.equal(updated.agent.serviceAccount, agentsOwn)
  assert.equal(state.agents.get(`agent:${agent.id}`)?.serviceAccount, agentsOwn)
  state.readable.set(agentsOwn, new Set([passage.documentId]))
  const bot = aReader(gateway, workspaceId, { subject: `service:${newId('svc')}`, keyId: newId('key') })
  const { events } = await bot.answer({ agent: agent.id, text: 'How much?' })
  assert.deepEqual(first(events, 'passages.found').passages, [])
  for (const { caller } of [...state.searches, ...state.completing]) {
    assert.equal(caller.subject, bot.subject)
    assert.deepEqual(caller.actors, [`agent:${agent.id}`])
  }
  // What the agent is told about later keeps its account.
  value(await ana.client.publishAgentVersion({ agentId: agent.id, number: 1 }, ana.call()))
  assert.equal(state.agents.get(`agent:${agent.id}`)?.serviceAccount, agentsOwn)
  value(await ana.client.updateAgent({ agentId: agent.id, serviceAccount: null }, ana.call()))
  assert.equal(state.agents.get(`agent:${agent.id}`)?.serviceAccount, undefined)
})

test('a question is for a purpose that the agent states, the first unless it says so, and its answer opens for that purpose', async (t) => {
  const { ana, state, gateway, workspaceId } = await startAgents(t)
  const agent = await anAgent(ana, { purposes: ['support', 'audit'] })
  assert.deepEqual(state.agents.get(`agent:${agent.id}`)?.purposes, ['support', 'audit'])
  const byDefault = await ana.answer({ agent: agent.id, text: 'How much?' })
  assert.equal(byDefault.events.at(-1)?.type, 'run.completed')
  assert.equal(state.searches.at(-1)?.caller.purpose, 'support')
  state.purpose = 'audit'
  const { events } = await ana.answer({ agent: agent.id, text: 'How much?', purpose: 'audit' })
  assert.equal(state.searches.at(-1)?.caller.purpose, 'audit')
  assert.equal(first(events, 'passages.found').passages.length, 1)
  const { conversationId, messageId } = first(events, 'run.started')
  assert.equal((await ana.conversation(conversationId)).messages[1]?.withheld, false)
  assert.deepEqual((await ana.events(conversationId, messageId)).events, events)
  const earlier = first(byDefault.events, 'run.started').conversationId
  assert.equal((await ana.conversation(earlier)).messages[1]?.withheld, true)
  // A key that binds its callers to another purpose opens for that one.
  const keyed = aReader(gateway, workspaceId, { subject: ana.subject, purpose: 'support' })
  assert.equal((await keyed.conversation(conversationId)).messages[1]?.withheld, true)
  for (const refused of [
    await ana.answer({ agent: agent.id, text: 'How much?', purpose: 'hiring' }),
    await ana.answer({ conversationId, text: 'How much?', purpose: 'hiring' }),
    await keyed.answer({ agent: agent.id, text: 'How much?', purpose: 'audit' }),
  ]) {
    assert.equal(refused.fault?.code, 'agents.invalid')
    assert.equal(refused.fault.errors?.[0]?.field, '/purpose')
  }
})
