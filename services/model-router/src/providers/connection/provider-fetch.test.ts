import assert from 'node:assert/strict'
import type { lookup } from 'node:dns'
import { once } from 'node:events'
import { test } from 'node:test'
import { wait } from '@tessera/shared/time/wait'
import { fakeProvider } from '../../../test/fake-provider.ts'
import { RequestRefusedError } from '../failure.ts'
import { readEvents } from '../read-events.ts'
import { createProviderFetch } from './provider-fetch.ts'
import { createLookupPublic, isPublic, PrivateAddressError } from './public-address.ts'

const post = (body: object, signal?: AbortSignal) => ({
  ...{ method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer secret' } },
  ...{ body: JSON.stringify(body), ...(signal && { signal }) },
})

test('a request reaches its provider as it is, and its answer comes back whole', async (t) => {
  const server = await fakeProvider(t, (response, { body }) => {
    response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
    response.end(JSON.stringify({ got: body }))
  })
  const fetch = createProviderFetch({ baseUrl: `${server.url}/v1`, mayBePrivate: true })
  const answer = await fetch(`${server.url}/v1/chat?x=1`, post({ text: 'Größe' }))
  assert.deepEqual([answer.status, answer.ok, answer.headers.get('content-type')], [201, true, 'application/json'])
  assert.deepEqual(await answer.json(), { got: { text: 'Größe' } })
  assert.deepEqual(server.requests[0]?.path, '/v1/chat?x=1')
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer secret')
})

test('what comes after the last event does not cost the connection', async (t) => {
  const sockets = new Set<unknown>()
  const server = await fakeProvider(t, (response) => {
    sockets.add(response.socket)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"n":1}\n\ndata: [DONE]\n\n')
    setTimeout(() => response.end(': over\n\n'), 20)
  })
  const fetch = createProviderFetch({ baseUrl: server.url, mayBePrivate: true })
  for (let request = 0; request < 2; request++) {
    const events = await Array.fromAsync(readEvents(await fetch(`${server.url}/chat`, post({}))))
    assert.deepEqual(events, [[{ n: 1 }]])
    await wait(200)
  }
  assert.equal(sockets.size, 1)
})

test('the credential goes to no other host: not to one that is asked for, nor to one that an answer leads to', async (t) => {
  const other = await fakeProvider(t, (response) => void response.end('{}'))
  const server = await fakeProvider(t, (response) => void response.writeHead(307, { location: other.url }).end())
  const fetch = createProviderFetch({ baseUrl: `${server.url}/v1`, mayBePrivate: true })
  for (const url of [other.url, `${server.url}.example.org/`, `${server.url}@example.org/`, server.url])
    await assert.rejects(fetch(url, post({})), RequestRefusedError, url)
  assert.equal((await fetch(`${server.url}/`, post({}))).status, 307)
  assert.equal(other.requests.length, 0)
})

test('a name on the internet that leads into a private network is not connected to', async (t) => {
  const server = await fakeProvider(t, (response) => void response.end('{}'))
  const { port } = new URL(server.url)
  const baseUrl = `http://localhost:${port}`
  await assert.rejects(
    createProviderFetch({ baseUrl, mayBePrivate: false })(`${baseUrl}/a`, post({})),
    PrivateAddressError,
  )
  assert.equal(server.requests.length, 0)
  assert.equal((await createProviderFetch({ baseUrl, mayBePrivate: true })(`${baseUrl}/a`, post({}))).status, 200)
})

test('one private address among those of a name is enough to refuse it', async () => {
  const answer = (...addresses: string[]) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const lookUp = ((_name: string, _options: object, callback: (error: null, all: object[]) => void) =>
      callback(null, found)) as unknown as typeof lookup
    return new Promise((resolve) => {
      createLookupPublic(lookUp)('api.example.org', { all: true }, (error, all) => resolve(error ?? all))
    })
  }
  assert.deepEqual(await answer('8.8.8.8'), [{ address: '8.8.8.8', family: 4 }])
  assert.ok((await answer('8.8.8.8', '10.0.0.1')) instanceof PrivateAddressError)
  assert.ok((await answer('::ffff:169.254.169.254')) instanceof PrivateAddressError)
  const own =
    '10.1.2.3 127.0.0.1 192.168.1.1 172.20.0.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 :: fd00::1 fe80::1 64:ff9b::a00:1'
  for (const address of [...own.split(' '), 'no address']) assert.equal(isPublic(address), false, address)
  for (const address of ['1.1.1.1', '2606:4700::1111']) assert.equal(isPublic(address), true, address)
})

test('a reader that leaves ends the connection, before the answer and within it', async (t) => {
  const server = await fakeProvider(t, (response, { path }) => {
    if (path === '/silent') return
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {}\n\n')
  })
  const fetch = createProviderFetch({ baseUrl: server.url, mayBePrivate: true })
  const leaving = new AbortController()
  const silent = fetch(`${server.url}/silent`, post({}, leaving.signal))
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  leaving.abort()
  await assert.rejects(silent, { name: 'AbortError' })
  await server.clientLeft()
  const within = new AbortController()
  const answer = await fetch(`${server.url}/stream`, post({}, within.signal))
  const reader = answer.body?.getReader()
  assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'data: {}\n\n')
  within.abort()
  await assert.rejects(async () => reader?.read(), { name: 'AbortError' })
})

test('a reader that does not read slows its provider down', async (t) => {
  const mib = Buffer.alloc(1024 * 1024, 0x20)
  let written = 0
  const server = await fakeProvider(t, async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (; written < 30; written++) if (!response.write(mib)) await once(response, 'drain')
    response.end('{}')
  })
  const fetch = createProviderFetch({ baseUrl: server.url, mayBePrivate: true })
  const answer = await fetch(`${server.url}/large`, post({}))
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.ok(written < 30, `${written} MiB were taken`)
  assert.deepEqual(await answer.json(), {})
})
