import Anthropic from '@anthropic-ai/sdk'
import { LLMock } from '@copilotkit/aimock'
import { fileScope } from '@tessera/testkit/file-scope'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { compatibleWorld, providersAt } from '../world.ts'

// What users of the official SDK do beside asking: loops of tools with thinking, counting, lists, errors, keys.

const scope = fileScope()
let client: Anthropic
let world: Awaited<ReturnType<typeof compatibleWorld>>
const model = 'anthropic/claude-sonnet-5-5'

before(async () => {
  const mock = await LLMock.create({ port: 0, chunkSize: 5 })
  scope.after(() => mock.stop())
  // The first that fits answers.
  mock.onToolResult('toolu_1', { content: 'It rains in Ulm.' })
  mock.onMessage(/^Is it raining/, {
    toolCalls: [{ name: 'weather', arguments: '{"city":"Ulm"}', id: 'toolu_1' }],
    reasoning: 'I have to look.',
    reasoningSignature: 'c2lnbmVk',
  })
  mock.onMessage(/^Hello/, { content: 'Hello yourself.' })
  world = await compatibleWorld(scope, providersAt(mock.url))
  client = new Anthropic({ baseURL: world.url, apiKey: await world.member('ana'), maxRetries: 0 })
})

test('a loop of tools with thinking, signed by its provider', async () => {
  const tools = [
    { name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } },
  ]
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Is it raining in Ulm?' }]
  const options = { model, max_tokens: 500, tools, thinking: { type: 'adaptive' as const } }
  const first = await client.messages.stream({ ...options, messages }).finalMessage()
  assert.equal(first.stop_reason, 'tool_use')
  assert.deepEqual(
    first.content.map(({ type }) => type),
    ['thinking', 'tool_use'],
  )
  const [thought, called] = first.content
  assert.ok(called?.type === 'tool_use')
  assert.equal(thought?.type === 'thinking' && thought.signature, 'anthropic:c2lnbmVk')
  const results = [{ type: 'tool_result' as const, tool_use_id: called.id, content: 'rain' }]
  const second = await client.messages.create({
    ...options,
    messages: [...messages, { role: 'assistant', content: first.content }, { role: 'user', content: results }],
  })
  assert.equal(second.content[0]?.type === 'text' && second.content[0].text, 'It rains in Ulm.')
})

test('a prompt is counted, and nothing is asked of a model', async () => {
  const { input_tokens: counted } = await client.messages.countTokens({
    model: 'tessera/extractive',
    messages: [{ role: 'user', content: 'hello world' }],
  })
  assert.equal(counted, 2)
})

test('models are listed in the shape of this API, page by page', async () => {
  const names: string[] = []
  for await (const { id, type } of client.models.list({ limit: 5 })) {
    assert.equal(type, 'model')
    names.push(id)
  }
  assert.ok(names.length > 10 && names.includes(model))
  assert.equal(new Set(names).size, names.length)
  assert.equal((await client.models.retrieve(model)).id, model)
  await assert.rejects(client.models.retrieve('nobody/knows'), Anthropic.NotFoundError)
})

test('errors are the SDK’s own', async () => {
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  await assert.rejects(
    client.messages.create({ model: 'nobody/knows', max_tokens: 5, messages }),
    Anthropic.NotFoundError,
  )
  await assert.rejects(client.messages.create({ model, max_tokens: 0, messages }), Anthropic.BadRequestError)
  const stranger = new Anthropic({ baseURL: world.url, apiKey: 'nonsense', maxRetries: 0 })
  await assert.rejects(
    stranger.messages.create({ model, max_tokens: 5, messages }),
    (error: Error & { type?: unknown }) => {
      assert.ok(error instanceof Anthropic.AuthenticationError)
      assert.equal(error.type, 'authentication_error')
      return true
    },
  )
})

test('a key goes as x-api-key, alone or beside the same one as a bearer; two that differ are none', async () => {
  const { secret } = await world.admin.send<{ secret: string }>('POST', '/v1/keys', {
    title: 'An app',
    principal: (await world.admin.get<{ name: string }>('/v1/me')).name,
    scopes: ['models'],
  })
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(`${world.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] }),
    })
    return response.status
  }
  assert.equal(await ask({ 'x-api-key': secret }), 200)
  assert.equal(await ask({ 'x-api-key': secret, authorization: `Bearer ${secret}` }), 200)
  assert.equal(await ask({ 'x-api-key': secret, authorization: 'Bearer another' }), 401)
  assert.equal(await ask({ 'x-api-key': 'nonsense' }), 401)
})
