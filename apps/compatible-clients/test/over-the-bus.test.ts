import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request as send } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { before, suite, test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { fileScope } from '@tessera/testkit/file-scope'
import { clusterWorld } from './cluster-world.ts'
import {
  chunk,
  cut,
  done,
  saying,
  type Script,
  scriptedProvider,
  type ScriptedProvider,
  status,
  streaming,
  text,
} from './scripted-provider.ts'
import { providersAt } from './world.ts'

// What only shows between processes: a provider that fails, clients that leave or don't read, prompts of megabytes. Gateway, model-router and access-control over NATS.

const scope = fileScope()
let provider: ScriptedProvider
let world: Awaited<ReturnType<typeof clusterWorld>>
const messages = [{ role: 'user', content: 'Hello' }]
const shapes = {
  '/v1/chat/completions': (content: string) => ({ messages: [{ role: 'user', content }] }),
  '/v1/responses': (input: string) => ({ input }),
  '/v1/messages': (content: string) => ({ messages: [{ role: 'user', content }], max_tokens: 100 }),
}
const paths = Object.keys(shapes) as (keyof typeof shapes)[]

before(async () => {
  provider = await scriptedProvider(scope)
  world = await clusterWorld(scope, providersAt(provider.url))
})

const post = (path: string, body: object, signal?: AbortSignal) =>
  fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })

suite('a provider that fails', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map(text)
  const failing = 'data: {"error":{"message":"a secret","type":"server_error"}}\n\n'
  const wordsIn = (body: string) => body.match(/"content": ?"[^"]+"/g)?.length ?? 0
  /** What the provider does, whether it is asked for a stream, the status, the pieces that come, and the code. */
  const rows: [string, Script, boolean, number, number, string][] = [
    ['400', status(400), false, 400, 0, 'models.request-refused'],
    ['429', status(429, undefined, { 'retry-after': '9' }), false, 429, 0, 'models.provider-rate-limited'],
    ['500', status(500), false, 502, 0, 'models.provider-failed'],
    ['429 to a stream', status(429, undefined, { 'retry-after': '9' }), true, 429, 0, 'models.provider-rate-limited'],
    ['an error after five pieces', streaming([...five, failing]), true, 200, 5, 'models.provider-failed'],
    ['cut after five pieces', streaming(five, cut), true, 200, 5, 'models.provider-cut'],
  ]
  for (const [index, [name, script, stream, expected, pieces, code]] of rows.entries())
    test(name, async () => {
      provider.script(`row-${index}`, script)
      const response = await post('/v1/chat/completions', {
        model: `openai-compatible/row-${index}`,
        messages,
        stream,
      })
      const body = await response.text()
      assert.deepEqual([response.status, wordsIn(body), body.includes('[DONE]')], [expected, pieces, false], body)
      const told = body.split('\n\n').filter((frame) => frame.includes('"error"'))
      assert.equal(told.length, 1)
      const { error } = JSON.parse(told[0]?.replace(/^data: /, '') ?? '') as {
        error: { code: string; message: string }
      }
      assert.equal(error.code, code)
      assert.doesNotMatch(error.message, /secret/)
      assert.equal(response.headers.get('retry-after'), expected === 429 ? '9' : null)
    })
})

suite('a client that leaves', { concurrency: 3 }, () => {
  for (const path of paths)
    for (const how of ['plain', 'streamed', 'streamed, before the first content'] as const)
      test(`${path}, ${how}: the provider is hung up on within 100 ms`, async () => {
        const hasContent = how === 'streamed'
        const stream = how !== 'plain'
        const spans: number[] = []
        // What a busy machine adds to one of them says nothing about us.
        while (spans.length < 8 && Math.min(...spans) >= 100) {
          const name = `leave-${paths.indexOf(path)}-${how.length}-${spans.length}`
          provider.script(
            name,
            streaming(hasContent ? [text('Hello')] : [chunk({ role: 'assistant' })], () => undefined),
          )
          const leaving = new AbortController()
          const body = { model: `openai-compatible/${name}`, stream, ...shapes[path]('Hello') }
          const asked = post(path, body, leaving.signal)
          const left = assert.rejects(asked.then((response) => response.text()))
          await (hasContent ? asked : eventually(async () => assert.equal(provider.sentTo(name).length, 1)))
          const leftMs = performance.now()
          leaving.abort()
          await left
          const seenMs = await eventually(async () => {
            const at = provider.leftAt(name)
            assert.ok(at !== undefined)
            return at
          })
          spans.push(seenMs - leftMs)
        }
        assert.ok(Math.min(...spans) < 100, `${spans.map(Math.round).join(', ')} ms`)
      })

  test('what came until then is in the books, as an estimate', async () => {
    provider.script(
      'half',
      streaming([text('Half of an answer that nobody waits for.')], () => undefined),
    )
    const leaving = new AbortController()
    const body = { model: 'openai-compatible/half', stream: true, messages }
    await post('/v1/chat/completions', body, leaving.signal)
    leaving.abort()
    type Row = { model: string; outcome: string; usage: { outputTokens: number; estimated: boolean } }
    const row = await eventually(async () => {
      const { items } = await world.api.get<{ items: Row[] }>('/v1/usage')
      const found = items.find(({ model }) => model === 'openai-compatible/half')
      assert.ok(found && found.outcome !== 'started')
      return found
    })
    assert.equal(row.outcome, 'cancelled')
    assert.ok(row.usage.outputTokens >= 8 && row.usage.estimated)
  })
})

test('a client that reads a byte now and then is cut, and so is the provider; others are served meanwhile', async (t) => {
  let sentBytes = 0
  provider.script('flood', async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const much = text('x'.repeat(30_000))
    while (!response.destroyed && sentBytes < 60_000_000) {
      sentBytes += much.length
      response.write(much)
      while (response.writableNeedDrain && !response.destroyed) await pause(1)
    }
    response.end(done)
  })
  const request = send(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
  })
  t.after(() => request.destroy())
  request.end(JSON.stringify({ model: 'openai-compatible/flood', messages, stream: true }))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const broken = new Promise((resolve) => response.on('error', resolve))
  await eventually(
    async () => {
      response.read(1)
      assert.ok(provider.leftAt('flood') !== undefined)
    },
    { timeoutMs: 30_000 },
  )
  assert.ok(sentBytes < 40_000_000, `${sentBytes} bytes`)
  provider.script('other', saying([text('Hello')]))
  const other = await post('/v1/chat/completions', { model: 'openai-compatible/other', messages })
  assert.equal(other.status, 200)
  // What was under way to it is still read, and then the connection breaks.
  let tail = ''
  response.on('data', (bytes: Buffer) => (tail = (tail + bytes.toString('latin1')).slice(-100)))
  await broken
  assert.equal(response.complete, false)
  assert.doesNotMatch(tail, /DONE/)
})

for (const path of paths)
  test(`${path}: a prompt of 3 MB arrives whole, and one of 7 MB is told to be too large`, async () => {
    provider.script('long', saying([text('Read.')]))
    const model = 'openai-compatible/long'
    const prompt = 'Zwölf "Boxkämpfer"\n'.repeat(150_000)
    const answered = await post(path, { model, ...shapes[path](prompt) })
    assert.equal(answered.status, 200, await answered.text())
    const [sent] = provider.sentTo('long').slice(-1) as [{ messages: { content: string }[] }]
    assert.equal(sent.messages[0]?.content === prompt, true)
    const refused = await post(path, { model, ...shapes[path]('x'.repeat(7_000_000)) })
    assert.equal(refused.status, 413)
    const { error } = (await refused.json()) as { error: { type: string; message: string } }
    assert.equal(error.type, path === '/v1/messages' ? 'request_too_large' : 'invalid_request_error')
    assert.match(error.message, /6291456/)
  })
