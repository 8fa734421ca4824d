import { LLMock } from '@copilotkit/aimock'
import { fileScope } from '@tessera/testkit/file-scope'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import OpenAI from 'openai'
import { compatibleWorld, providersAt } from '../world.ts'

// What users of the official SDK do beside asking: helpers, lists, vectors, errors, leaving.

const scope = fileScope()
let client: OpenAI
let baseUrl: string
const model = 'openai/gpt-5.4-mini'

before(async () => {
  const mock = await LLMock.create({ port: 0, chunkSize: 5 })
  scope.after(() => mock.stop())
  // The first that fits answers.
  mock.onToolResult('call_1', { content: 'It rains in Ulm.' })
  mock.onMessage(/^Is it raining/, { toolCalls: [{ name: 'weather', arguments: '{"city":"Ulm"}', id: 'call_1' }] })
  mock.onMessage(/^Hello/, { content: 'Hello yourself, whoever you are.' })
  mock.onEmbedding(/.*/, { embedding: [0.25, -0.5, 1] })
  const world = await compatibleWorld(scope, providersAt(mock.url))
  ;({ baseUrl } = world)
  client = new OpenAI({ baseURL: baseUrl, apiKey: await world.member('ana'), maxRetries: 0 })
})

test('a loop of tools runs to its end by the helper of the SDK', async () => {
  const asked: unknown[] = []
  const runner = client.chat.completions.runTools({
    model,
    messages: [{ role: 'user', content: 'Is it raining in Ulm?' }],
    tools: [
      {
        type: 'function',
        function: {
          name: 'weather',
          description: 'The weather of a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          parse: JSON.parse,
          function: (input: object) => {
            asked.push(input)
            return 'rain'
          },
        },
      },
    ],
  })
  assert.equal(await runner.finalContent(), 'It rains in Ulm.')
  assert.deepEqual(asked, [{ city: 'Ulm' }])
})

test('events of a streamed response come in the order that the SDK expects', async () => {
  const types: string[] = []
  const stream = client.responses.stream({ model, input: 'Hello', store: false })
  stream.on('event', ({ type }) => types.push(type))
  const response = await stream.finalResponse()
  assert.equal(response.output_text, 'Hello yourself, whoever you are.')
  assert.equal(types[0], 'response.created')
  assert.equal(types.at(-1), 'response.completed')
})

test('vectors come as numbers or as base64, one for each text, in order', async () => {
  const texts = Array.from({ length: 300 }, (_, index) => `text ${index}`)
  const numbers = await client.embeddings.create({
    model: 'openai/text-embedding-3-small',
    input: texts,
    encoding_format: 'float',
  })
  assert.equal(numbers.data.length, 300)
  assert.deepEqual(
    numbers.data.map(({ index }) => index),
    texts.map((_text, index) => index),
  )
  assert.deepEqual(numbers.data[299]?.embedding, [0.25, -0.5, 1])
  assert.ok(numbers.usage.total_tokens > 0)
  const bytes = await client.embeddings.create({ model: 'openai/text-embedding-3-small', input: 'text 0' })
  assert.deepEqual([...(bytes.data[0]?.embedding ?? [])], [0.25, -0.5, 1])
})

test('models are listed, and fetched by their name', async () => {
  const names: string[] = []
  for await (const { id } of client.models.list()) names.push(id)
  assert.ok(names.includes(model) && names.includes('tessera/extractive'))
  assert.equal((await client.models.retrieve('tessera/extractive')).owned_by, 'tessera')
  await assert.rejects(client.models.retrieve('openai/nothing-like-it'), OpenAI.NotFoundError)
})

test('errors are the SDK’s own, with the field that is wrong', async () => {
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const named = (param: string | null, code: string) => (error: unknown) => {
    assert.ok(error instanceof OpenAI.BadRequestError)
    assert.deepEqual([error.param, error.code], [param, code])
    assert.match(error.requestID ?? '', /^[0-9a-f]{32}$/)
    return true
  }
  await assert.rejects(
    client.chat.completions.create({ model, messages, temperature: 5 }),
    named('temperature', 'http.invalid-request'),
  )
  await assert.rejects(client.chat.completions.create({ model, messages, n: 3 }), named('n', 'unsupported_parameter'))
  await assert.rejects(
    client.responses.create({ model, input: 'Hello', background: true }),
    named('background', 'unsupported_parameter'),
  )
  await assert.rejects(client.chat.completions.create({ model: 'nobody/knows', messages }), OpenAI.NotFoundError)
  const stranger = new OpenAI({ baseURL: baseUrl, apiKey: 'nonsense', maxRetries: 0 })
  await assert.rejects(stranger.responses.create({ model, input: 'Hello' }), OpenAI.AuthenticationError)
})
