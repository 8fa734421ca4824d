import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '@tessera/shared/bus/call'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { aRun } from '../../test/a-run.ts'
import { startGateway } from '../../test/start-gateway.ts'
import { createRememberedKeys } from './remembered-keys.ts'

const usage = { inputTokens: 3, outputTokens: 2, estimated: false }
const messages = [{ role: 'user', content: 'Hello' }]

/** A gateway whose model-router refuses callers who were found at another revision than the present one, as the real one does. */
async function startRemembering(t: Parameters<typeof startGateway>[0]) {
  const callers: Call['caller'][] = []
  const run = aRun()
  const isOutdated = ({ caller }: Call) => {
    callers.push(caller)
    return caller.revision !== undefined && caller.revision !== started.people.present.revision
  }
  const outdated = () => fail(modelsFaults.fault('caller-outdated', 'Changed.'))
  const started = await startGateway(t, {
    models: {
      async *complete(_input, call) {
        if (isOutdated(call)) return yield outdated()
        yield ok({ type: 'start' as const, model: 'openai/gpt', provider: 'openai' })
        yield ok({ type: 'text-delta' as const, text: 'Hello' })
        yield ok({ type: 'end' as const, finishReason: 'stop' as const, usage, totalMs: 5 })
      },
      countTokens: async (_input, call) =>
        isOutdated(call) ? outdated() : ok({ model: 'openai/gpt', inputTokens: 3, estimated: false }),
      embed: async (_input, call) =>
        isOutdated(call)
          ? outdated()
          : ok({ vectors: ['AACAPw=='], dimensions: 1, model: 'openai/e', route: '"openai/e"', notes: [], usage }),
    },
    agents: {
      async *ask(_input, { caller }) {
        callers.push(caller)
        for (const event of [run.started, run.said, run.completed]) yield ok(event)
      },
    },
  })
  const key = started.people.addKey('tsk_app', { principal: `service:${newId('svc')}`, scopes: ['all'] })
  const send = async (path: string, body: object) => {
    const response = await started.ask('POST', `/v1${path}`, { token: 'tsk_app', body })
    return { status: response.status, text: await response.text() }
  }
  const { identified, present } = started.people
  return { key, send, callers, identified, present }
}

const requests = [
  ['/chat/completions', { model: 'openai/gpt', messages }, 'Hello'],
  ['/chat/completions', { model: 'openai/gpt', messages, stream: true }, '[DONE]'],
  ['/messages', { model: 'openai/gpt', messages, max_tokens: 9 }, 'Hello'],
  ['/messages/count_tokens', { model: 'openai/gpt', messages }, '"input_tokens":3'],
  ['/responses', { model: 'openai/gpt', input: 'Hello' }, 'Hello'],
  ['/embeddings', { model: 'openai/e', input: ['Hello'] }, '"embedding":[1]'],
] as const

test('a key is looked up once for requests to models, for as long as model-router finds its workspace unchanged', async (t) => {
  const { send, callers, identified, present } = await startRemembering(t)
  const answered = async () => {
    for (const [path, body, expected] of requests) {
      const { status, text } = await send(path, body)
      assert.equal(status, 200, text)
      assert.ok(text.includes(expected), text)
    }
  }
  await answered()
  assert.equal(identified.length, 1)
  assert.deepEqual(
    callers.map(({ revision }) => revision),
    [undefined, 7, 7, 7, 7, 7],
    'the first was found for its request',
  )
  present.revision = 8
  callers.length = 0
  await answered()
  assert.equal(identified.length, 2, 'the change is found out once')
  assert.deepEqual(
    callers.map(({ revision }) => revision),
    [7, undefined, 8, 8, 8, 8, 8],
  )
})

test('a key that was revoked is refused at the next request, in the shape of the API that was called', async (t) => {
  for (const [path, body] of requests) {
    await t.test(`${path} ${JSON.stringify(body)}`, async (t) => {
      const { key, send, present } = await startRemembering(t)
      assert.equal((await send(path, body)).status, 200)
      key.revoked = true
      present.revision++
      const { status, text } = await send(path, body)
      assert.equal(status, 401)
      assert.match(text, /authentication_error/)
    })
  }
})

test('a key that lost its scope reaches nothing by being remembered', async (t) => {
  const { key, send, present } = await startRemembering(t)
  const [[path, body]] = requests
  assert.equal((await send(path, body)).status, 200)
  key.scopes = ['search']
  present.revision++
  assert.equal((await send(path, body)).status, 403)
})

test('agents, and every route beside those of models, are asked for a caller found for the request', async (t) => {
  const { send, callers, identified } = await startRemembering(t)
  for (let times = 0; times < 2; times++) {
    assert.equal((await send('/chat/completions', { model: 'agent/helper', messages })).status, 200)
    assert.equal((await send('/search', {})).status, 400)
  }
  assert.ok(identified.length >= 4)
  assert.deepEqual(
    callers.map(({ revision }) => revision),
    [undefined, undefined],
  )
})

test('a key is remembered for half a minute at most, and no longer than it is valid', () => {
  const clock = { nowMs: 1000 }
  const keys = createRememberedKeys(() => clock.nowMs)
  const identity = { workspaceId: newId('wsp'), name: 'user:a', pending: false, scopes: ['all'], actors: [] }
  keys.put('a', identity, { askedAtMs: 1000, revision: 7 })
  keys.put('b', identity, { askedAtMs: 1000, revision: 7, validForMs: 500 })
  assert.deepEqual(keys.get('a'), { ...identity, revision: 7 })
  clock.nowMs = 1500
  assert.equal(keys.get('b'), undefined)
  clock.nowMs = 30_999
  assert.ok(keys.get('a'))
  clock.nowMs = 31_000
  assert.equal(keys.get('a'), undefined)
})
