import { LLMock } from '@copilotkit/aimock'
import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { fileScope } from '@tessera/testkit/file-scope'
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { compatibleWorld, providersAt } from '../world.ts'

// LangChain as its users point it at Tessera: a base URL and a key, over each of the three APIs that it knows.

const scope = fileScope()
const question = new HumanMessage('Is it raining in Ulm?')
const city = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
const weather = {
  type: 'function' as const,
  function: { name: 'weather', description: 'The weather of a city.', parameters: city },
}
let url: string
let apiKey: string

before(async () => {
  const mock = await LLMock.create({ port: 0, chunkSize: 5 })
  scope.after(() => mock.stop())
  mock.onToolResult('call_1', { content: 'It rains in Ulm.' })
  mock.onMessage(/^Is it raining/, { toolCalls: [{ name: 'weather', arguments: '{"city":"Ulm"}', id: 'call_1' }] })
  mock.onMessage(/^Hello/, { content: 'Hello yourself.' })
  mock.onMessage(/^Where/, { content: '{"city":"Ulm"}' })
  mock.onEmbedding(/.*/, { embedding: [0.25, -0.5, 1] })
  const world = await compatibleWorld(scope, providersAt(mock.url))
  ;({ url } = world)
  apiKey = await world.member('ana')
})

const openai = (fields: object = {}) =>
  new ChatOpenAI({
    model: 'openai/gpt-5.4-mini',
    apiKey,
    maxRetries: 0,
    configuration: { baseURL: `${url}/v1` },
    ...fields,
  })
const chats = [
  ['chat completions', () => openai()],
  ['responses', () => openai({ useResponsesApi: true, zdrEnabled: true })],
  [
    'messages',
    () =>
      new ChatAnthropic({
        model: 'anthropic/claude-sonnet-5-5',
        apiKey,
        maxRetries: 0,
        maxTokens: 500,
        anthropicApiUrl: url,
      }),
  ],
] as const

for (const [name, create] of chats)
  suite(`LangChain over ${name}`, () => {
    test('an answer, whole and streamed, with its usage', async () => {
      const whole = await create().invoke([new HumanMessage('Hello')])
      assert.equal(whole.text, 'Hello yourself.')
      assert.match(JSON.stringify(whole.usage_metadata), /"total_tokens":[1-9]/)
      let streamed = ''
      for await (const chunk of await create().stream([new HumanMessage('Hello')])) streamed += chunk.text
      assert.equal(streamed, 'Hello yourself.')
    })

    test('a tool that it calls, and what it makes of the result', async () => {
      const bound = create().bindTools([weather])
      const called = await bound.invoke([question])
      const [call] = called.tool_calls ?? []
      assert.deepEqual([call?.name, call?.args], ['weather', { city: 'Ulm' }])
      const result = new ToolMessage({ content: 'rain', tool_call_id: call?.id ?? '' })
      const answered = await bound.invoke([question, called, result])
      assert.equal(answered.text, 'It rains in Ulm.')
    })

    test('a tool that it calls, streamed', async () => {
      const chunks = await create().bindTools([weather]).stream([question])
      let whole
      for await (const chunk of chunks) whole = whole ? whole.concat(chunk) : chunk
      assert.deepEqual(
        whole?.tool_calls?.map(({ args }) => args),
        [{ city: 'Ulm' }],
      )
    })

    test('an answer of a schema', async () => {
      const structured = create().withStructuredOutput(
        { title: 'place', ...city },
        { name: 'place', method: 'jsonSchema' },
      )
      assert.deepEqual(await structured.invoke([new HumanMessage('Where?')]), { city: 'Ulm' })
    })
  })

test('LangChain’s vectors', async () => {
  const embeddings = new OpenAIEmbeddings({
    model: 'openai/text-embedding-3-small',
    apiKey,
    maxRetries: 0,
    configuration: { baseURL: `${url}/v1` },
  })
  assert.deepEqual(await embeddings.embedQuery('Hello'), [0.25, -0.5, 1])
})
