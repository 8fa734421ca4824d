import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { agentsFaults } from '@tessera/shared/contracts/agents/faults'
import { streamFaults } from '@tessera/shared/bus/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import { aRun } from '../../test/a-run.ts'
import { allEventsIn, eventsIn } from '../../test/events.ts'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const events = { accept: 'text/event-stream' }

async function* ofEvents(...given: RunEvent[]) {
  for (const event of given) yield ok(event)
}

test('a question is answered as events with ids and types, in order, and the revision is a token', async (t) => {
  const run = aRun()
  const asked: unknown[] = []
  const { ask, token } = await startGateway(t, {
    agents: {
      ask: (input) => {
        asked.push(input)
        return ofEvents(run.started, run.found, run.said, run.saidMore, run.cited, run.completed)
      },
    },
  })
  const response = await ask('POST', `/v1/conversations/${run.ids.conversationId}/messages`, {
    token: await token(),
    body: { text: 'How much leave?' },
    headers: { ...events, 'idempotency-key': 'once' },
  })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.match(response.headers.get('cache-control') ?? '', /no-store/)
  const received = await allEventsIn(response)
  assert.deepEqual(
    received.map(({ id, event }) => `${id} ${event}`),
    ['1 run.started', '2 passages.found', '3 text.delta', '4 text.delta', '5 citation.added', '6 run.completed'],
  )
  const found = received[1]?.data as { revision: string } | undefined
  assert.match(found?.revision ?? '', /^[\w-]{20,}$/)
  assert.deepEqual(received[5]?.data, run.completed)
  assert.deepEqual(asked, [{ conversationId: run.ids.conversationId, text: 'How much leave?', idempotencyKey: 'once' }])
})

test('without events asked for, the answer comes in one piece', async (t) => {
  const run = aRun()
  const { ask, token } = await startGateway(t, {
    agents: { ask: () => ofEvents(run.started, run.found, run.said, run.saidMore, run.cited, run.completed) },
  })
  const response = await ask('POST', `/v1/conversations/${run.ids.conversationId}/messages`, {
    token: await token(),
    body: { text: 'How much leave?' },
  })
  assert.equal(response.status, 200)
  const answer = (await response.json()) as { text: string; messageId: string; citations: unknown[] }
  assert.deepEqual([answer.text, answer.messageId, answer.citations.length], [run.text, run.ids.messageId, 1])
})

test('a run that fails is a problem which names provider, cause, and that the text is partial', async (t) => {
  const run = aRun()
  const path = `/v1/conversations/${run.ids.conversationId}/messages`
  const { ask, token } = await startGateway(t, {
    agents: {
      ask: ({ text }) =>
        text === 'cancelled'
          ? ofEvents(run.started, {
              id: 2,
              step: 0,
              type: 'run.cancelled',
              messageId: run.ids.messageId,
              reason: 'access.revoked',
            })
          : ofEvents(run.started, run.said, run.failed),
    },
  })
  const failed = await ask('POST', path, { token: await token(), body: { text: 'fails' } })
  assert.equal(failed.status, 502)
  const problem = await problemIn(failed)
  assert.equal(problem.code, 'models.provider-cut')
  assert.deepEqual(problem.meta, {
    provider: 'openai',
    cause: 'cut',
    afterFirstToken: true,
    messageId: run.ids.messageId,
    partial: true,
  })
  const cancelled = await problemIn(await ask('POST', path, { token: await token(), body: { text: 'cancelled' } }))
  assert.deepEqual([cancelled.code, cancelled.meta?.reason], ['gateway.run-cancelled', 'access.revoked'])
  const streamed = await allEventsIn(
    await ask('POST', path, { token: await token(), body: { text: 'fails' }, headers: events }),
  )
  assert.equal(streamed.at(-1)?.event, 'run.failed', 'on a stream it is an event')
})

test('what is wrong before the run begins is a problem, not a stream', async (t) => {
  const { ask, token } = await startGateway(t, {
    agents: {
      ask: async function* () {
        yield fail(agentsFaults.fault('not-found', 'No such conversation.'))
      },
      readEvents: async function* () {
        yield fail(agentsFaults.fault('withheld', 'It can no longer be opened.'))
      },
    },
  })
  const { conversationId, messageId } = aRun().ids
  const path = `/v1/conversations/${conversationId}/messages`
  const refused = await ask('POST', path, { token: await token(), body: { text: 'a' }, headers: events })
  assert.equal(refused.status, 404)
  assert.equal((await problemIn(refused)).code, 'http.not-found')
  const withheld = await ask('GET', `${path}/${messageId}/events`, { token: await token() })
  assert.equal(withheld.status, 403)
  assert.equal((await problemIn(withheld)).code, 'agents.withheld')
})

test('a stream that breaks says so and is cut, never ended as if it were whole', async (t) => {
  const run = aRun()
  const { ask, token } = await startGateway(t, {
    agents: {
      ask: async function* ({ text }) {
        yield ok(run.started)
        yield ok(run.said)
        if (text === 'fault') yield fail(agentsFaults.fault('unavailable', 'Gone.'))
      },
    },
  })
  const path = `/v1/conversations/${run.ids.conversationId}/messages`
  for (const [text, code] of [
    ['fault', 'agents.unavailable'],
    ['end', streamFaults.fault('cut', '').code],
  ]) {
    const response = await ask('POST', path, { token: await token(), body: { text }, headers: events })
    assert.equal(response.status, 200)
    const received: string[] = []
    await assert.rejects(async () => {
      for await (const { event = '', data } of eventsIn(response))
        received.push(event === 'stream.broken' ? `${event} ${(data as { code: string }).code}` : event)
    }, 'the connection is cut')
    assert.deepEqual(received, ['run.started', 'text.delta', `stream.broken ${code}`])
  }
})

test('a reader resumes after the last event that it has', async (t) => {
  const run = aRun()
  const after: number[] = []
  const { ask, token } = await startGateway(t, {
    agents: {
      readEvents: (input) => {
        after.push(input.after)
        return ofEvents(run.saidMore, run.completed)
      },
    },
  })
  const path = `/v1/conversations/${run.ids.conversationId}/messages/${run.ids.messageId}/events`
  const response = await ask('GET', path, { token: await token(), headers: { 'last-event-id': '3' } })
  assert.deepEqual(
    (await allEventsIn(response)).map(({ id }) => id),
    ['4', '6'],
  )
  await allEventsIn(await ask('GET', path, { token: await token() }))
  assert.deepEqual(after, [3, 0])
  const wrong = await ask('GET', path, { token: await token(), headers: { 'last-event-id': 'three' } })
  assert.equal(wrong.status, 400)
  assert.deepEqual(
    (await problemIn(wrong)).errors?.map(({ field }) => field),
    ['Last-Event-ID'],
  )
})

test('each event is sent when it happens, and silence is filled with comments', async (t) => {
  const run = aRun()
  const goOn = Promise.withResolvers<void>()
  const { ask, token } = await startGateway(
    t,
    {
      agents: {
        ask: async function* () {
          yield ok(run.started)
          await goOn.promise
          yield ok(run.completed)
        },
      },
    },
    { config: { heartbeatMs: 20 } },
  )
  const response = await ask('POST', `/v1/conversations/${run.ids.conversationId}/messages`, {
    token: await token(),
    body: { text: 'a' },
    headers: events,
  })
  const received: string[] = []
  for await (const { event = '' } of eventsIn(response)) {
    received.push(event)
    if (received.filter((name) => name === 'comment').length === 2) goOn.resolve()
  }
  assert.equal(received[0], 'run.started')
  assert.equal(received.at(-1), 'run.completed')
})

test('a client that leaves a stream ends the reading of it', async (t) => {
  const run = aRun()
  const ended = Promise.withResolvers<void>()
  const { ask, token } = await startGateway(t, {
    agents: {
      readEvents: async function* (_input, { signal }) {
        yield ok(run.started)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        ended.resolve()
      },
    },
  })
  const leaving = new AbortController()
  const path = `/v1/conversations/${run.ids.conversationId}/messages/${run.ids.messageId}/events`
  const response = await ask('GET', path, { token: await token(), signal: leaving.signal })
  const received = eventsIn(response)
  assert.equal((await received.next()).value?.event, 'run.started')
  leaving.abort()
  await assert.rejects(received.next())
  await ended.promise
})

test('a client that does not read makes the source stop, instead of filling memory', async (t) => {
  const run = aRun()
  const stopped = Promise.withResolvers<number>()
  const text = 'a'.repeat(10_000)
  const { url, token } = await startGateway(t, {
    agents: {
      readEvents: async function* (_input, { signal }) {
        let made = 0
        try {
          yield ok(run.started)
          for (; made < 20_000 && !signal.aborted; made++) {
            yield ok<RunEvent>({ id: made + 2, step: 0, type: 'text.delta', text })
            // A source that waits for its text, as all do, hears of a cancel.
            await setImmediate()
          }
        } finally {
          stopped.resolve(made)
        }
      },
    },
  })
  const path = `/v1/conversations/${run.ids.conversationId}/messages/${run.ids.messageId}/events`
  const request = get(`${url}${path}`, { headers: { authorization: `Bearer ${await token()}` } })
  t.after(() => request.destroy())
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
  response.pause()
  const madeBytes = (await stopped.promise) * text.length
  assert.ok(madeBytes < 50_000_000, `${madeBytes} bytes of 200 MB were made`)
})
