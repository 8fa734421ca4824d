import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeProvider, protocols, type Respond, sendEvents } from '../../../test/fake-provider.ts'
import { adapterAt, adapters, read } from '../../../test/providers.ts'

const adapter = adapters.find(({ name }) => name === 'openai-compatible') ?? adapters[0]
const signal = new AbortController().signal
const completion = [protocols.openai.text('Six.'), ...protocols.openai.end]

const serving =
  (models: unknown): Respond =>
  (response, { path }) => {
    if (path === '/v1/models')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(models))
    sendEvents(response, completion)
    response.end()
  }

test('the models of a compatible server are those it lists, told apart by their names, and asked for once a minute', async (t) => {
  const list = { data: [{ id: 'nomic-embed-text' }, { id: 'llama3.2:3b' }, { id: 'BAAI/bge-m3' }, { id: 'qwen3' }] }
  const server = await fakeProvider(t, serving(list))
  const provider = await adapterAt(adapter, server.url)
  const expected = [
    { name: 'nomic-embed-text', kind: 'embedding' },
    { name: 'llama3.2:3b', kind: 'completion' },
    { name: 'BAAI/bge-m3', kind: 'embedding' },
    { name: 'qwen3', kind: 'completion' },
  ]
  assert.deepEqual(await provider.models({ signal }), expected)
  assert.deepEqual(await provider.models({ signal }), expected)
  assert.equal(server.requests.length, 1)
})

test('its default is the first completion model that it lists, and the answer names that', async (t) => {
  const server = await fakeProvider(t, serving({ data: [{ id: 'all-minilm' }, { id: 'qwen3' }] }))
  const seen = await read(await adapterAt(adapter, server.url), { model: 'default' })
  assert.deepEqual(seen.events[0], { type: 'start', model: 'openai-compatible/qwen3', provider: 'openai-compatible' })
  assert.equal(seen.text, 'Six.')
})

test('a server that lists nothing sensible, or is not there, offers no models and hides no other provider’s', async (t) => {
  for (const list of [{ data: 'many' }, {}, [], 'x', { data: [{ id: 7 }] }]) {
    const server = await fakeProvider(t, serving(list))
    assert.deepEqual(await (await adapterAt(adapter, server.url)).models({ signal }), [])
  }
  const absent = await adapterAt(adapter, 'http://127.0.0.1:1')
  assert.deepEqual(await absent.models({ signal }), [])
  assert.equal((await read(absent, { model: 'default' })).fault?.code, 'models.provider-unreachable')
})
