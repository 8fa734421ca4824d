import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { anAgent, assertGapless, drawn, first, startAgentsOn } from '../../test/start-agents.ts'
import type { AgentsTables } from '../database.ts'
import type { Boundary } from './run-agent.ts'

test('a run that breaks off in the middle of its text is taken up and ended on the embedded database, too', async (t) => {
  const pglite = await openPglite({})
  let alive = true
  const onBoundary = (name: Boundary) => {
    if (name !== 'model.delta' || !alive) return
    alive = false
    throw new Error('died')
  }
  const options = { leaseMs: 300, hooks: { onBoundary } }
  const { ana } = await startAgentsOn(t, createDatabase<AgentsTables>({ pglite, schema: 'agents' }), 'agents', options)
  t.after(() => pglite.close())
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much leave?', idempotencyKey: 'once' })
  assertGapless(events)
  assert.equal(drawn(events), 'You get 30 days [1].')
  const { conversationId, messageId } = first(events, 'run.started')
  assert.deepEqual((await ana.events(conversationId, messageId, 3)).events, events.slice(3))
  const second = await ana.answer({ conversationId, text: 'And then?' })
  assert.equal(second.events.at(-1)?.type, 'run.completed')
  const { messages } = await ana.conversation(conversationId)
  assert.deepEqual(
    messages.map(({ state }) => state),
    ['completed', 'completed', 'completed', 'completed'],
  )
})
