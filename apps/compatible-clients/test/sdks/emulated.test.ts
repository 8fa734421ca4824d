import { LLMock } from '@copilotkit/aimock'
import { fileScope } from '@tessera/testkit/file-scope'
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { compatibleWorld, providersAt } from '../world.ts'
import { type Client, clientsAt } from './clients.ts'

// Somebody else's emulation of every provider, asked through every API that is spoken here by its official SDK, whole and streamed.

const scope = fileScope()
const providers = ['openai', 'anthropic', 'gemini', 'mistral', 'openai-compatible'] as const
const clientNames = ['chat completions', 'responses', 'messages'] as const
let clients: readonly Client[]

before(async () => {
  const mock = await LLMock.create({ port: 0, chunkSize: 7 })
  scope.after(() => mock.stop())
  const counts = {
    ...{ prompt_tokens: 40, completion_tokens: 12, total_tokens: 52 },
    ...{ input_tokens: 40, output_tokens: 12 },
    ...{ promptTokenCount: 40, candidatesTokenCount: 12 },
  }
  mock.onMessage(/^closing/, { content: 'The office closes at six. Ünïcode 試験 🧪, too.', usage: counts })
  mock.onMessage(/^weather/, {
    toolCalls: [
      { name: 'weather', arguments: '{"city":"Ulm"}' },
      { name: 'weather', arguments: '{"city":"Bonn"}' },
    ],
  })
  mock.onMessage(/^think/, { content: 'Six.', reasoning: 'They close early.' })
  mock.onMessage(/^place/, { content: '{"city":"Ulm"}' })
  mock.onMessage(/^limited/, { error: { message: 'a secret', type: 'rate_limit_error' }, status: 429, retryAfter: 60 })
  mock.onMessage(/^broken/, { error: { message: 'a secret', type: 'server_error' }, status: 400 })
  const long = 'A long answer that will not come to its end, whatever happens.'
  mock.onMessage(/^cut/, { content: long }, { truncateAfterChunks: 3 })
  mock.onMessage(/^garbled/, { content: long }, { chaos: { malformedRate: 1 } })
  mock.onMessage(/^dropped/, { content: long }, { chaos: { disconnectRate: 1 } })
  const world = await compatibleWorld(scope, providersAt(mock.url))
  clients = clientsAt(world.baseUrl, await world.member('ana'))
})

const finishes = { stop: ['stop', 'completed', 'end_turn'], call: ['tool_calls', 'completed', 'tool_use'] }

for (const provider of providers)
  for (const [index, name] of clientNames.entries())
    suite(`${provider} through ${name}`, { concurrency: 4 }, () => {
      const model = `${provider}/some-model`
      const client = () => clients[index] as Client
      // There the emulator speaks as OpenAI does, with arguments apart from their name and another reasoning, which is not Mistral's protocol; conformance/ has that.
      const emulatesOpenai = provider === 'mistral' && 'the emulator has no tools and no reasoning of Mistral'

      for (const stream of [true, false]) {
        const how = stream ? 'streamed' : 'whole'

        test(`an answer and its usage, ${how}`, async () => {
          const seen = await client().ask({ model, text: 'closing time?', stream })
          assert.equal(seen.text, 'The office closes at six. Ünïcode 試験 🧪, too.')
          assert.equal(seen.finish, finishes.stop[index])
          // The emulator counts for Mistral only when asked in a way that Mistral does not know.
          if (provider !== 'mistral') assert.deepEqual([seen.inputTokens, seen.outputTokens], [40, 12])
          else assert.ok(seen.inputTokens > 0 && seen.outputTokens > 0)
        })

        test(`parallel tool calls, ${how}`, { skip: emulatesOpenai }, async () => {
          const seen = await client().ask({ model, text: 'weather of two cities', stream, tools: true })
          assert.deepEqual(
            seen.calls,
            ['Ulm', 'Bonn'].map((city) => ({ name: 'weather', arguments: { city } })),
          )
          assert.equal(seen.finish, finishes.call[index])
        })

        test(`reasoning, ${how}`, { skip: emulatesOpenai }, async () => {
          const seen = await client().ask({ model, text: 'think: closing time?', stream, reasoning: true })
          assert.deepEqual([seen.reasoning, seen.text], ['They close early.', 'Six.'])
        })

        test(`an answer of a schema, ${how}`, async () => {
          const seen = await client().ask({ model, text: 'place?', stream, json: true })
          assert.deepEqual(JSON.parse(seen.text), { city: 'Ulm' })
        })

        for (const [fault, status] of [
          ['limited', 429],
          ['broken', 400],
        ] as const)
          test(`${fault} before the first content, ${how}`, async () => {
            await assert.rejects(client().ask({ model, text: fault, stream }), (error: Error & { status?: number }) => {
              assert.ok(error instanceof client().error)
              assert.equal(error.status, status)
              assert.doesNotMatch(error.message, /secret/)
              return true
            })
          })

        for (const fault of ['cut', 'garbled', 'dropped'])
          test(`${fault}, ${how}: never a clean end`, async () => {
            await assert.rejects(client().ask({ model, text: fault, stream }))
          })
      }
    })
