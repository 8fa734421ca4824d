import { createPerson } from '@tessera/testkit/builders'
import { fileScope } from '@tessera/testkit/file-scope'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import type { Api } from '../src/api.ts'
import { standaloneWorld, type World } from './world.ts'

// Which of two models is the better one: asked side by side, voted on, made the default by one call, and undone by another. And what was answered before is given again,
// in the form of each API.

const scope = fileScope()
const [small, large] = ['openai-compatible/small', 'openai-compatible/large'] as const
const messages = [{ role: 'user', content: 'Which is better?' }]
let world: World
let ana: Api
/** Answers that go on and on. */
const open = new Set<ServerResponse>()
let timesAsked = 0

before(async () => {
  world = await standaloneWorld(scope, { OPENAI_COMPATIBLE_URL: await ownModels() })
  await createPerson(world, 'ana')
  await createPerson(world, 'ben')
  ana = await world.as('ana')
})

/** A server of one's own with two models that say who they are; asked for ever, they begin and never end. */
async function ownModels(): Promise<string> {
  const chunk = (content: string, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`
  const listed = '{"data":[{"id":"small"},{"id":"large"}]}'
  const server = createServer((request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    if (request.url?.endsWith('/models')) return response.setHeader('content-type', 'application/json').end(listed)
    const body = (await Array.fromAsync(request)).join('')
    const { model } = JSON.parse(body) as { model: string }
    timesAsked++
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk(`I am ${model}.`))
    if (!body.includes('for ever')) return response.end(`${chunk('', 'stop')}data: [DONE]\n\n`)
    open.add(response)
    return response.once('close', () => open.delete(response))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

type Compared = {
  id: string
  lanes: { asked: string; model?: string; parts: { text: string }[]; fault?: { code: string } }[]
}
const compare = (models: string[], more: object = {}) =>
  ana.send<Compared>('POST', '/v1/compare', { models, messages, ...more })

test("the winner of the readers' votes becomes the default by one call, which another call undoes", async () => {
  const served = async () => {
    const answer = await ana.send<{ choices: { message: { content: string } }[] }>('POST', '/v1/chat/completions', {
      ...{ model: 'default', messages },
    })
    return answer.choices[0]?.message.content
  }
  const route = (model: string) => ({ strategy: 'fallback', targets: [{ model }] })
  await world.admin.send('PUT', '/v1/routes/default', route(small))
  assert.equal(await served(), 'I am small.')

  const { id, lanes } = await compare(['default', large])
  assert.deepEqual(
    lanes.map(({ model, parts }) => [model, parts.map(({ text }) => text)]),
    [
      [small, ['I am small.']],
      [large, ['I am large.']],
    ],
  )
  assert.deepEqual(await ana.send('PUT', `/v1/compare/${id}/vote`, { winner: 1 }), { winner: 1 })
  const { items } = await world.admin.get<{ items: { model: string; winRate: number }[] }>('/v1/compare/win-rates')
  assert.deepEqual(
    items.map(({ model, winRate }) => [model, winRate]),
    [
      [large, 1],
      [small, 0],
    ],
  )

  await world.admin.send('PUT', '/v1/routes/default', route(items[0]?.model ?? ''))
  assert.equal(await served(), 'I am large.')
  await world.admin.send('POST', '/v1/routes/default/undo')
  assert.equal(await served(), 'I am small.')
})

test('the lanes of a stream are marked, and one that is refused says so in the words of the request', async () => {
  const response = await ask({
    models: [small, 'openai-compatible/unknown/x', 'tessera/extractive'],
    top_k: 3,
    stream: true,
  })
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  const events = (await response.text())
    .split('\n\n')
    .flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? [])
    .map((data) => JSON.parse(data) as { type: string; lane?: number; fault?: { errors?: { field: string }[] } })
  assert.equal(events[0]?.type, 'comparison.started')
  assert.equal(events.at(-1)?.type, 'comparison.completed')
  const ofLane = (lane: number) => events.filter((event) => event.lane === lane)
  assert.deepEqual(
    ofLane(0).map(({ type }) => type),
    ['lane.started', 'lane.content', 'lane.completed'],
  )
  const refused = ofLane(2).at(-1)
  assert.equal(refused?.type, 'lane.failed')
  assert.deepEqual(
    refused.fault?.errors?.map(({ field }) => field),
    ['/top_k'],
  )
})

test('a client that leaves ends the work of every model', async () => {
  const leaving = new AbortController()
  const content = 'Go on for ever.'
  const body = { models: [small, large], messages: [{ role: 'user', content }], stream: true }
  const response = await ask(body, leaving.signal)
  await eventually(() => assert.equal(open.size, 2))
  leaving.abort()
  await response.text().catch(() => undefined)
  await eventually(() => assert.equal(open.size, 0))
})

test('what is wrong with a comparison is said before anything is asked', async () => {
  const statuses = async (body: object) => {
    const response = await ask(body)
    const { code, errors = [] } = (await response.json()) as { code: string; errors?: { field: string }[] }
    return [response.status, code, ...errors.map(({ field }) => field)]
  }
  assert.deepEqual(await statuses({ models: [small] }), [400, 'http.invalid-request', '/models'])
  assert.deepEqual(await statuses({ models: [small, small] }), [400, 'http.invalid-request', '/models'])
  assert.deepEqual(await statuses({ models: [small, large], n: 2 }), [400, 'models.unsupported', '/n'])
  const unknown = 'agt_01jdf0000000000000000000'
  assert.deepEqual(await statuses({ models: [small, large], agent: unknown }), [404, 'http.not-found'])
})

const shapes = {
  '/v1/chat/completions': { messages },
  '/v1/responses': { input: 'Which one is better?' },
  '/v1/messages': { messages, max_tokens: 100 },
}
for (const [path, request] of Object.entries(shapes))
  test(`${path} gives an answer again to who got it, whole and streamed, until something changes`, async () => {
    const ask = async (more: object = {}, { headers = {}, who = 'ana' } = {}) => {
      const before = timesAsked
      const response = await send(path, { model: small, ...request, ...more }, { headers, who })
      const body = await response.text()
      assert.ok(response.ok, body)
      const told = response.headers.get('x-tessera-route')?.includes('; cached; age=') === true
      assert.equal(timesAsked - before, told ? 0 : 1)
      assert.match(body, /I am small\./)
      return { told, body }
    }
    const header = { headers: { 'tessera-cache-seconds': '60' } }
    const cached = { cache_seconds: 60 }
    assert.equal((await ask(cached)).told, false)
    const again = await ask(cached)
    assert.equal(again.told, true)
    assert.match(again.body, /put_tokens":\s*[1-9]|completion_tokens":\s*[1-9]/)
    assert.equal((await ask({}, header)).told, true)
    const streamed = await ask({ ...cached, stream: true })
    assert.equal(streamed.told, true)
    assert.match(streamed.body, /\[DONE\]|response\.completed|message_stop/)
    assert.equal((await ask()).told, false)
    assert.equal((await ask(cached, { who: 'ben' })).told, false)
    await world.admin.send('POST', '/v1/groups', { title: `Of ${path}` })
    assert.equal((await ask(cached)).told, false)
  })

test('who may no longer ask, or no longer this model, gets nothing of what was kept for them', async () => {
  const asked = { model: large, messages, cache_seconds: 60 }
  const told = async () => {
    const response = await send('/v1/chat/completions', asked, { who: 'ben' })
    await response.body?.cancel()
    return [response.status, /; cached;/.test(response.headers.get('x-tessera-route') ?? '')]
  }
  const warm = async () => {
    await told()
    assert.deepEqual(await told(), [200, true])
  }
  await warm()
  const entry = `/v1/catalogue/${encodeURIComponent(large)}`
  await world.admin.send('PUT', entry, { allow: ['workspace:members'], enabled: false })
  assert.deepEqual(await told(), [404, false])
  await world.admin.send('DELETE', entry)
  await warm()
  const { name } = await (await world.as('ben')).get<{ name: string }>('/v1/me')
  await world.admin.send('PATCH', `/v1/users/${name}`, { state: 'deactivated' })
  assert.deepEqual(await told(), [403, false])
})

test('how long an answer may be kept has an end, and an agent has none to give again', async () => {
  const refused = async (body: object, headers = {}) => {
    const response = await send('/v1/chat/completions', { messages, ...body }, { headers })
    const { error } = (await response.json()) as { error: { param: string } }
    return [response.status, error.param]
  }
  assert.deepEqual(await refused({ model: small, cache_seconds: 3601 }), [400, 'cache_seconds'])
  assert.deepEqual(await refused({ model: small }, { 'tessera-cache-seconds': '1e3' }), [400, 'tessera-cache-seconds'])
  assert.deepEqual(await refused({ model: 'agent/guide', cache_seconds: 60 }), [400, 'cache_seconds'])
})

const ask = (body: object, signal?: AbortSignal) => send('/v1/compare', { messages, ...body }, signal ? { signal } : {})

async function send(
  path: string,
  body: object,
  { who = 'ana', headers = {}, signal }: { who?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const token = await world.tokenFor(who)
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${world.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
    // On a busy machine a question to access-control may run out of time; nothing was asked of a model then.
    if (response.status !== 503 || attempt === 5) return response
    await response.body?.cancel()
  }
}
