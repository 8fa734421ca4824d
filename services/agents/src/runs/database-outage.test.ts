import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '@tessera/shared/database/database'
import { ok } from '@tessera/shared/fault/result'
import { database } from '@tessera/testkit/database'
import { eventually } from '@tessera/testkit/eventually'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import { delta, ended, started } from '../../test/neighbours.ts'
import { anAgent, assertGapless, code, drawn, first, startAgentsOn, typesOf } from '../../test/start-agents.ts'
import type { AgentsTables } from '../database.ts'
import type { RunEvent } from '@tessera/shared/contracts/agents'

test('while PostgreSQL is away callers are told so, and a run that it interrupted ends once when it is back', async (t) => {
  const { url, schema } = await database(t, 'agents')
  const target = new URL(url)
  const proxy = await tcpProxy(t, { host: target.hostname, port: Number(target.port) })
  target.hostname = '127.0.0.1'
  target.port = String(proxy.port)
  const db = createDatabase<AgentsTables>({ url: target.href, schema })
  const { ana, state } = await startAgentsOn(t, db, schema, { leaseMs: 500 })
  const agent = await anAgent(ana)
  const cut = Promise.withResolvers<void>()
  state.model = async function* speak() {
    yield ok(started)
    yield delta('You get ')
    await cut.promise
    yield delta('30 days [1].')
    yield ok(ended)
  }
  const events: RunEvent[] = []
  let fault: string | undefined
  for await (const event of ana.ask({ agent: agent.id, text: 'How much?' })) {
    if (event.ok) events.push(event.value)
    else fault = event.fault.code
    if (!event.ok || event.value.type !== 'text.delta') continue
    proxy.cut()
    cut.resolve()
  }
  assert.equal(fault, 'agents.unavailable')
  const { conversationId, messageId } = first(events, 'run.started')
  assert.equal(code(await ana.client.getConversation({ conversationId }, ana.call())), 'agents.unavailable')
  proxy.restore()
  const rest = await eventually(async () => {
    const read = await ana.events(conversationId, messageId, events.length)
    assert.equal(read.fault, undefined)
    return read.events
  })
  assertGapless(rest, events.length)
  assert.equal(drawn([...events, ...rest]), 'You get 30 days [1].')
  assert.equal(typesOf(rest).filter((type) => type === 'run.completed').length, 1)
})
