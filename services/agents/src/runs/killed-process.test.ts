import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually } from '@tessera/testkit/eventually'
import type { TestScope } from '@tessera/testkit/test-scope'
import { saying } from '../../test/neighbours.ts'
import { anAgent, assertGapless, drawn, first, typesOf } from '../../test/start-agents.ts'
import { aBuilder, startCluster } from '../../test/start-cluster.ts'
import type { DyingWorker } from '../../test/worker-that-dies.ts'
import type { Boundary } from './run-agent.ts'

const answer = 'You get 30 days [1]. Ask your lead early.'
const program = fileURLToPath(new URL('../../test/worker-that-dies.ts', import.meta.url))

async function startDyingWorker(t: TestScope, options: DyingWorker) {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  return { exited }
}

for (const dieAt of ['search.journaled', 'model.delta'] satisfies Boundary[]) {
  test(`a process that is killed at ${dieAt} leaves a run that another process ends, once, with gapless events`, async (t) => {
    const { db, neighbours, gateway, startReplica, worker } = await startCluster(t)
    neighbours.state.model = saying(answer)
    const ana = aBuilder(neighbours, gateway)
    const { exited } = await startDyingWorker(t, { ...worker, dieAt })
    const agent = await anAgent(ana)

    const asked = ana.answer({ agent: agent.id, text: 'How much leave?' })
    const [, signal] = (await exited) as [number | null, string | null]
    assert.equal(signal, 'SIGKILL')
    await startReplica()
    const run = await eventually(
      async () => {
        const row = await db.selectFrom('runs').selectAll().executeTakeFirstOrThrow()
        assert.equal(row.state, 'completed')
        return row
      },
      { timeoutMs: 10_000 },
    )
    assert.equal(run.fence, 2)

    const { events } = await ana.events(run.conversation_id, run.message_id)
    assertGapless(events)
    assert.equal(drawn(events), answer)
    assert.equal(first(events, 'run.completed').text, answer)
    assert.equal(typesOf(events).filter((type) => type.startsWith('run.') && type !== 'run.started').length, 1)
    const { messages } = await ana.conversation(run.conversation_id)
    assert.deepEqual(
      messages.map(({ state }) => state),
      ['completed', 'completed'],
    )

    // The reader's stream was cut, without a terminal event; coming back with the last number gives the rest.
    const before = await asked
    assert.notEqual(before.fault, undefined)
    assertGapless(before.events)
    const rest = await ana.events(run.conversation_id, run.message_id, before.events.length)
    assertGapless(rest.events, before.events.length)
    assert.equal(drawn([...before.events, ...rest.events]), answer)
  })
}
