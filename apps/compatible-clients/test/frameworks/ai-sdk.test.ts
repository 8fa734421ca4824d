import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { LLMock } from '@copilotkit/aimock'
import { fileScope } from '@tessera/testkit/file-scope'
import { APICallError, embed, generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai'
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { compatibleWorld, providersAt } from '../world.ts'

// The Vercel AI SDK as its users point it at Tessera: a base URL and a key, over each of the three APIs that it knows.

const scope = fileScope()
const question = 'Is it raining in Ulm?'
const city = jsonSchema<{ city: string }>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
})
let baseURL: string
let apiKey: string

before(async () => {
  const mock = await LLMock.create({ port: 0, chunkSize: 5 })
  scope.after(() => mock.stop())
  mock.onToolResult('call_1', { content: 'It rains in Ulm.' })
  mock.onMessage(/^Is it raining/, { toolCalls: [{ name: 'weather', arguments: '{"city":"Ulm"}', id: 'call_1' }] })
  mock.onMessage(/^Hello/, { content: 'Hello yourself.' })
  mock.onMessage(/^Where/, { content: '{"city":"Ulm"}' })
  mock.onMessage(/^Cut/, { content: 'This will not come to its end.' }, { truncateAfterChunks: 4, latency: 40 })
  mock.onEmbedding(/.*/, { embedding: [0.25, -0.5, 1] })
  const world = await compatibleWorld(scope, providersAt(mock.url))
  baseURL = world.baseUrl
  apiKey = await world.member('ana')
})

// Nothing is stored, so whoever uses responses says so to their SDK.
const stateless = { openai: { store: false } }
const models = [
  ['chat completions', (model = 'openai/gpt-5.4-mini') => createOpenAI({ baseURL, apiKey }).chat(model)],
  ['responses', (model = 'openai/gpt-5.4-mini') => createOpenAI({ baseURL, apiKey }).responses(model)],
  ['messages', (model = 'anthropic/claude-sonnet-5-5') => createAnthropic({ baseURL, apiKey })(model)],
] as const

for (const [name, create] of models)
  suite(`the AI SDK over ${name}`, () => {
    const options = () => ({ model: create(), maxRetries: 0, providerOptions: stateless })

    test('an answer, whole and streamed, with its usage', async () => {
      const whole = await generateText({ ...options(), prompt: 'Hello' })
      assert.equal(whole.text, 'Hello yourself.')
      assert.ok((whole.usage.totalTokens ?? 0) > 0)
      const streamed = streamText({ ...options(), prompt: 'Hello' })
      assert.equal(await streamed.text, 'Hello yourself.')
      assert.equal(await streamed.finishReason, 'stop')
    })

    test('a loop of tools to its end', async () => {
      const asked: unknown[] = []
      const tools = {
        weather: tool({
          description: 'The weather of a city.',
          inputSchema: city,
          execute: (input) => {
            asked.push(input)
            return 'rain'
          },
        }),
      }
      const { text } = await generateText({ ...options(), tools, stopWhen: isStepCount(3), prompt: question })
      assert.equal(text, 'It rains in Ulm.')
      assert.deepEqual(asked, [{ city: 'Ulm' }])
    })

    test('an answer of a schema', async () => {
      const { output } = await generateText({ ...options(), output: Output.object({ schema: city }), prompt: 'Where?' })
      assert.deepEqual(output, { city: 'Ulm' })
    })

    test('a stream that breaks off is an error, never an end', async () => {
      const errors: unknown[] = []
      const streamed = streamText({ ...options(), prompt: 'Cut', onError: ({ error }) => void errors.push(error) })
      let text = ''
      for await (const piece of streamed.textStream) text += piece
      assert.ok(text.length > 0)
      // Of a response both its state and the event after it are errors.
      assert.ok(errors.length >= 1)
    })

    test('an error is the SDK’s own', async () => {
      const refused = generateText({ model: create('nobody/knows'), maxRetries: 0, prompt: 'Hello' })
      await assert.rejects(refused, (error) => APICallError.isInstance(error) && error.statusCode === 404)
    })
  })

test('the AI SDK’s vectors', async () => {
  const model = createOpenAI({ baseURL, apiKey }).embedding('openai/text-embedding-3-small')
  assert.deepEqual((await embed({ model, value: 'Hello', maxRetries: 0 })).embedding, [0.25, -0.5, 1])
})
