import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { Type } from 'typebox'
import { type App, createApp } from './create-app.ts'
import { FaultError } from './fault-error.ts'
import { httpFaults } from './faults.ts'
import { createLogger } from './logger.ts'
import { problems } from './problem.ts'

const Person = Type.Object({
  name: Type.String({ minLength: 1 }),
  age: Type.Optional(Type.Integer()),
  home: Type.Optional(Type.Object({ city: Type.String() })),
  kind: Type.Optional(Type.Union([Type.Literal('cat'), Type.Literal('dog')])),
})

async function start(t: TestContext, add: (app: App) => void, options: Partial<Parameters<typeof createApp>[0]> = {}) {
  const app = await createApp({ name: 'test', notReady: () => Promise.resolve([]), ...options })
  add(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => app.close())
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

const addPeople = (app: App) => {
  app.post(
    '/people',
    { schema: { body: Person, response: { 200: Person, ...problems(400) } } },
    (request) => request.body,
  )
  app.get(
    '/people',
    { schema: { querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1 })) }) } },
    (request) => request.query,
  )
}

const post = (url: string, body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

type ProblemBody = {
  code: string
  status: number
  detail: string
  instance: string
  traceId: string
  errors?: { field: string; rule: string }[]
}
const problemOf = async (response: Response) => {
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  return (await response.json()) as ProblemBody
}

test('a body that breaks its schema is a problem that names each field, and nothing is coerced or dropped', async (t) => {
  const url = await start(t, addPeople)
  const cases: [unknown, string, string][] = [
    [{ name: 'a', nick: 'b' }, '/nick', 'is not a known field'],
    [{ name: 'a', home: { city: 'b', zip: '1' } }, '/home/zip', 'is not a known field'],
    [{ name: 'a', age: '5' }, '/age', 'must be integer'],
    [{ age: 5 }, '/name', 'is required'],
    [{ name: '' }, '/name', 'must not have fewer than 1 characters'],
    [{ name: 'a', kind: 'cow' }, '/kind', 'must be "cat" or "dog"'],
    ['text', '', 'must be valid JSON'],
    ['', '', 'is required'],
    ['[]', '', 'must be object'],
  ]
  for (const [body, field, rule] of cases) {
    const response = await post(`${url}/people`, body)
    assert.equal(response.status, 400, JSON.stringify(body))
    const problem = await problemOf(response)
    assert.equal(problem.code, 'http.invalid-request')
    assert.equal(problem.instance, '/people')
    assert.match(problem.traceId, /^[0-9a-f]{32}$/)
    assert.deepEqual(problem.errors, [{ field, rule }])
  }
  const good = { name: 'a', age: 5, home: { city: 'b' }, kind: 'dog' }
  assert.deepEqual(await (await post(`${url}/people`, good)).json(), good)
})

test('a plugin that adds schemas of its own validates as strictly as the others', async (t) => {
  const url = await start(t, (app) => {
    void app.register(async (part) => {
      part.addSchema({ $id: 'Own', type: 'object' })
      part.post('/part', { schema: { body: Person } }, (request) => request.body)
    })
  })
  for (const body of [
    { name: 'a', nick: 'b' },
    { name: 'a', age: '5' },
  ])
    assert.equal((await post(`${url}/part`, body)).status, 400)
})

test('numbers in a query are read as numbers, an unknown or wrong parameter is named', async (t) => {
  const url = await start(t, addPeople)
  assert.deepEqual(await (await fetch(`${url}/people?limit=7`)).json(), { limit: 7 })
  for (const [query, field] of [
    ['limit=x', 'limit'],
    ['limit=0', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['offset=1', 'offset'],
  ]) {
    const problem = await problemOf(await fetch(`${url}/people?${query}`))
    assert.deepEqual(
      problem.errors?.map((error) => error.field),
      [field],
    )
  }
})

test('a body over the limit is 413 and names the limit; another media type is 415', async (t) => {
  const url = await start(t, addPeople, { bodyLimitBytes: 100 })
  const large = await post(`${url}/people`, { name: 'a'.repeat(100) })
  assert.equal(large.status, 413)
  const problem = await problemOf(large)
  assert.equal(problem.code, 'http.too-large')
  assert.match(problem.detail, /100 bytes/)
  const typed = await post(`${url}/people`, '<a/>', { 'content-type': 'text/xml' })
  assert.equal(typed.status, 415)
})

test('a bug answers 500 without its text, and is logged; a fault answers as it is', async (t) => {
  const lines: string[] = []
  const logger = createLogger('test', { destination: { write: (line) => void lines.push(line) } })
  const url = await start(
    t,
    (app) => {
      app.get('/bug', () => {
        throw new Error('password is 123')
      })
      app.get('/fault', () => {
        throw new FaultError(httpFaults.fault('rate-limited', 'Slowly.', { retryAfterMs: 1500 }))
      })
    },
    { logger },
  )
  const bug = await fetch(`${url}/bug?token=hidden`, { headers: { authorization: 'Bearer secret' } })
  assert.equal(bug.status, 500)
  const text = await bug.text()
  assert.ok(!text.includes('password'))
  const { traceId } = JSON.parse(text) as ProblemBody
  const logged = lines.find((line) => line.includes('password is 123'))
  assert.ok(logged?.includes(traceId), 'the log line is found by the traceId')
  assert.ok(!lines.some((line) => line.includes('secret') || line.includes('hidden')), 'no header or query is logged')
  const fault = await fetch(`${url}/fault`)
  assert.equal(fault.status, 429)
  assert.equal(fault.headers.get('retry-after'), '2')
  assert.equal((await problemOf(fault)).code, 'http.rate-limited')
})

test("the caller's trace id is in the problem; an unknown address and a broken one are problems", async (t) => {
  const url = await start(t, addPeople)
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const missing = await fetch(`${url}/nowhere?q=1`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
  assert.equal(missing.status, 404)
  const problem = await problemOf(missing)
  assert.deepEqual([problem.code, problem.instance, problem.traceId], ['http.not-found', '/nowhere', traceId])
  const broken = await fetch(`${url}/%zz`)
  assert.equal(broken.status, 400)
  assert.equal((await problemOf(broken)).code, 'http.invalid-request')
})

test('health tells what is missing, metrics count requests by route', async (t) => {
  let missing: string[] = ['database']
  const url = await start(t, addPeople, { notReady: () => Promise.resolve(missing) })
  assert.equal((await fetch(`${url}/health/live`)).status, 200)
  const waiting = await fetch(`${url}/health/ready`)
  assert.equal(waiting.status, 503)
  assert.deepEqual(await waiting.json(), { status: 'waiting', missing: ['database'] })
  missing = []
  assert.equal((await fetch(`${url}/health/ready`)).status, 200)
  await (await fetch(`${url}/people`)).text()
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(
    metrics,
    /http_server_request_duration_seconds_count\{service="test",method="GET",route="\/people",status="200"\}/,
  )
  assert.match(metrics, /process_cpu_seconds_total/)
})

test('a closing app finishes what is in flight, then lets go of its sockets', async () => {
  const app = await createApp({ name: 'test', logger: pino({ enabled: false }), notReady: () => Promise.resolve([]) })
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<string>()
  app.get('/slow', async () => {
    begun.resolve()
    return finish.promise
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const answer = fetch(`${url}/slow`)
  await begun.promise
  const closed = app.close()
  await assert.rejects(
    new Promise((resolve, reject) => httpRequest(`${url}/slow`, { agent: false }, resolve).on('error', reject).end()),
    'nothing new is accepted',
  )
  finish.resolve('done')
  const response = await answer
  assert.equal(await response.text(), 'done')
  assert.equal(response.headers.get('connection'), 'close')
  await closed
})

test('an app whose requests do not end in time cuts them', async () => {
  const app = await createApp({ name: 'test', notReady: () => Promise.resolve([]), closeGraceMs: 50 })
  const begun = Promise.withResolvers<void>()
  app.get('/stuck', () => {
    begun.resolve()
    return new Promise<string>(() => undefined)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/stuck`)
  const outcome = assert.rejects(answer)
  await begun.promise
  await app.close()
  await outcome
})

test('the OpenAPI document states closed bodies and problems', async () => {
  const app = await createApp({
    name: 'test',
    notReady: () => Promise.resolve([]),
    openapi: { title: 'Test', description: 'A test.' },
  })
  addPeople(app)
  await app.ready()
  const document = JSON.stringify(app.swagger())
  assert.match(document, /"openapi":"3\.1\.0"/)
  assert.match(document, /"additionalProperties":false/)
  assert.match(document, /application\/problem\+json/)
  assert.ok(!document.includes('/metrics'), 'what is for operators is not part of it')
  await app.close()
})
