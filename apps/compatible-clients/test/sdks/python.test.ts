import { LLMock } from '@copilotkit/aimock'
import { fileScope } from '@tessera/testkit/file-scope'
import { python } from '@tessera/testkit/python'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compatibleWorld, providersAt } from '../world.ts'

// The official SDKs for Python, which check what they get more strictly than those for Node.

const scope = fileScope()
let url: string
let token: string

before(async () => {
  const mock = await LLMock.create({ port: 0, chunkSize: 5 })
  scope.after(() => mock.stop())
  mock.onToolResult('call_1', { content: 'It rains in Ulm.' })
  mock.onMessage(/^Is it raining/, { toolCalls: [{ name: 'weather', arguments: '{"city":"Ulm"}', id: 'call_1' }] })
  mock.onMessage(/^Hello/, { content: 'Hello yourself.', reasoning: 'Somebody greets.' })
  mock.onEmbedding(/.*/, { embedding: [0.25, -0.5, 1] })
  const world = await compatibleWorld(scope, providersAt(mock.url))
  ;({ url } = world)
  token = await world.member('ana')
})

async function run(script: string, packages: string[], args: string[]): Promise<Record<string, unknown>> {
  const execute = await python(...packages)
  const path = fileURLToPath(new URL(script, import.meta.url))
  return JSON.parse(await execute(path, args, token)) as Record<string, unknown>
}

test('the SDK of OpenAI: chats, responses, tools, vectors, lists and errors', async () => {
  const seen = await run('openai_client.py', ['openai==3.57.0'], [`${url}/v1`, 'openai/gpt-5.4-mini'])
  assert.deepEqual(seen, {
    chat: 'Hello yourself.',
    chatStreamed: 'Hello yourself.',
    chatUsage: true,
    tool: { name: 'weather', arguments: '{"city":"Ulm"}' },
    afterTool: 'It rains in Ulm.',
    response: 'Hello yourself.',
    responseStreamed: 'Hello yourself.',
    reasoning: 'Somebody greets.',
    vectors: [[0.25, -0.5, 1]],
    listed: true,
    errors: ['NotFoundError', 'BadRequestError', 'AuthenticationError'],
  })
})

test('the SDK of Anthropic: messages, tools, thinking, counts, lists and errors', async () => {
  const seen = await run('anthropic_client.py', ['anthropic==2.14.0'], [url, 'anthropic/claude-sonnet-5-5'])
  assert.deepEqual(seen, {
    message: 'Hello yourself.',
    streamed: 'Hello yourself.',
    thinking: 'Somebody greets.',
    tool: { name: 'weather', input: { city: 'Ulm' } },
    afterTool: 'It rains in Ulm.',
    counted: 2,
    listed: true,
    errors: ['NotFoundError', 'BadRequestError', 'AuthenticationError'],
  })
})
