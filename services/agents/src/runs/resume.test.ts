import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok } from '@tessera/shared/fault/result'
import { eventually } from '@tessera/testkit/eventually'
import { delta, ended, saying, started } from '../../test/neighbours.ts'
import { anAgent, assertGapless, drawn, first, startAgents, typesOf } from '../../test/start-agents.ts'
import type { Boundary } from './run-agent.ts'

const leaseMs = 300
const boundaries: Boundary[] = [
  'run.stored',
  'search.returned',
  'search.journaled',
  'model.called',
  'model.delta',
  'model.ended',
  'model.journaled',
  'run.finished',
]
const answer = 'You get 30 days [1]. Ask early, and ask your lead.'
const terminal = /^run\.(completed|failed|cancelled|expired)$/

/** Throws at a boundary the first time it is reached, and so stops the worker there without any cleaning up. */
function dieAt(boundary: Boundary) {
  let alive = true
  return (name: Boundary) => {
    if (name !== boundary || !alive) return
    alive = false
    throw new Error(`died at ${name}`)
  }
}

for (const boundary of boundaries) {
  test(`a worker that dies at ${boundary} leaves a run that another ends, once, with gapless events`, async (t) => {
    const { ana, state, db, startReplica } = await startAgents(t, { leaseMs, hooks: { onBoundary: dieAt(boundary) } })
    state.model = saying(answer)
    const agent = await anAgent(ana)
    const asked = ana.answer({ agent: agent.id, text: 'How much leave?' })
    await startReplica({ hooks: {}, workerId: 'second' })
    const { events } = await asked
    // Where the reader's own call died with the worker, they come back for the events.
    const run = await eventually(async () => {
      const row = await db.selectFrom('runs').selectAll().executeTakeFirstOrThrow()
      assert.notEqual(row.state, 'running')
      return row
    })
    const stored = await ana.events(run.conversation_id, run.message_id)
    assert.equal(stored.fault, undefined)
    assertGapless(stored.events)
    assert.deepEqual(
      typesOf(stored.events).filter((type) => terminal.test(type)),
      ['run.completed'],
    )
    assert.equal(drawn(stored.events), answer)
    assert.equal(first(stored.events, 'run.completed').text, answer)
    assert.equal(typesOf(stored.events).filter((type) => type === 'passages.found').length, 1)

    const { messages } = await ana.conversation(run.conversation_id)
    assert.deepEqual(
      messages.map(({ role, state }) => [role, state]),
      [
        ['user', 'completed'],
        ['assistant', 'completed'],
      ],
    )
    assert.equal(messages[1]?.text, answer)
    assert.equal(messages[1]?.citations.length, 1)

    // Whoever saw the first worker's text finds, after each event they had, exactly what makes their picture whole.
    if (events.length > 0) {
      assertGapless(events)
      for (let had = 0; had < events.length; had++) {
        const rest = await ana.events(run.conversation_id, run.message_id, had)
        assertGapless(rest.events, had)
        assert.equal(drawn([...events.slice(0, had), ...rest.events]), answer, `after ${had}`)
      }
    }
  })
}

test('a worker that only seemed dead can write nothing once another holds the run', async (t) => {
  const { ana, state, db, startReplica, first: slow } = await startAgents(t, { leaseMs: 60_000, workerId: 'slow' })
  const agent = await anAgent(ana)
  const slowSpeaks = Promise.withResolvers<void>()
  let speaker = 0
  state.model = async function* speak() {
    speaker++
    yield ok(started)
    if (speaker > 1) {
      yield delta('The second answer [1].')
      return yield ok(ended)
    }
    yield delta('The first ')
    await slowSpeaks.promise
    yield delta('answer.')
    yield ok(ended)
  }
  const asked = ana.answer({ agent: agent.id, text: 'How much leave?' })
  const run = await eventually(() =>
    db.selectFrom('runs').selectAll().where('last_seq', '>', 2).executeTakeFirstOrThrow(),
  )
  await db
    .updateTable('runs')
    .set({ lease_until: new Date(0) })
    .execute()
  await startReplica({ workerId: 'quick' })
  await eventually(async () => {
    const { state } = await db.selectFrom('runs').select('state').executeTakeFirstOrThrow()
    assert.equal(state, 'completed')
  })
  slowSpeaks.resolve()
  await slow.service.close()
  const { events } = await ana.events(run.conversation_id, run.message_id)
  assertGapless(events)
  assert.equal(drawn(events), 'The second answer [1].')
  assert.equal(typesOf(events).filter((type) => terminal.test(type)).length, 1)
  const { messages } = await ana.conversation(run.conversation_id)
  assert.equal(messages[1]?.text, 'The second answer [1].')
  // The reader of the first worker is told to drop what it drew, and sees the same answer.
  const live = (await asked).events
  assertGapless(live)
  assert.equal(drawn(live), 'The second answer [1].')
})

test('a replica that stops hands its run over at once, and its text is not lost on the way', async (t) => {
  const { ana, state, db, startReplica, first: leaving } = await startAgents(t, { leaseMs: 60_000 })
  const agent = await anAgent(ana)
  let speaker = 0
  state.model = async function* speak(_request, signal) {
    yield ok(started)
    yield delta('You get ')
    if (++speaker === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    yield delta('30 days [1].')
    yield ok(ended)
  }
  const left = new AbortController()
  let had = 0
  for await (const event of ana.ask({ agent: agent.id, text: 'How much leave?' }, left.signal)) {
    if (!event.ok) break
    had = event.value.id
    if (event.value.type === 'text.delta') left.abort()
  }
  await startReplica()
  await leaving.service.close()
  const run = await eventually(async () => {
    const row = await db.selectFrom('runs').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.state, 'completed')
    return row
  })
  assert.equal(run.attempt, 1)
  const { events } = await ana.events(run.conversation_id, run.message_id, had)
  assertGapless(events, had)
  assert.equal(drawn(events), 'You get 30 days [1].')
})

test('a run that breaks off again and again is given up with a fault, not tried for ever', async (t) => {
  const onBoundary = (name: Boundary) => {
    if (name === 'model.called') throw new Error('dies each time')
  }
  const { ana } = await startAgents(t, { leaseMs: 60, hooks: { onBoundary } })
  const agent = await anAgent(ana)
  const { events } = await ana.answer({ agent: agent.id, text: 'How much leave?' })
  assert.equal(first(events, 'run.failed').fault.code, 'agents.abandoned')
  assertGapless(events)
})

test('a passage that was withdrawn before the run was taken up does not reach the model', async (t) => {
  const { ana, state, db, startReplica } = await startAgents(t, {
    leaseMs,
    hooks: { onBoundary: dieAt('search.journaled') },
  })
  const agent = await anAgent(ana)
  const asked = ana.answer({ agent: agent.id, text: 'How much leave?' })
  await eventually(() => db.selectFrom('run_steps').selectAll().executeTakeFirstOrThrow())
  state.readable.get(ana.subject)?.clear()
  state.revision++
  await startReplica({ hooks: {} })
  const { events } = await asked
  assert.equal(first(events, 'run.cancelled').reason, 'access.revoked')
  assert.equal(state.completions.length, 0)
})
