import { LLMock } from '@copilotkit/aimock'
import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { type Adapter, adapterAt, adapters, read, user } from '../../test/providers.ts'

const ANSWER = 'The office closes at six. [1] Ünïcode 試験 🧪, too.'

async function emulator(t: TestContext, adapter: Adapter) {
  const mock = await LLMock.create({ port: 0, chunkSize: 7 })
  t.after(() => mock.stop())
  return { mock, provider: await adapterAt(adapter, mock.url) }
}

for (const adapter of adapters) {
  suite(`${adapter.name}, emulated`, () => {
    test('an answer comes in pieces, between a start and an end that counts it', async (t) => {
      const { mock, provider } = await emulator(t, adapter)
      mock.onMessage('when does the office close', { content: ANSWER })
      const { events, text, fault } = await read(provider, { messages: [user('when does the office close?')] })
      assert.equal(fault, undefined)
      assert.equal(text, ANSWER)
      assert.deepEqual(events[0], { type: 'start', model: `${adapter.name}/some-model`, provider: adapter.name })
      assert.ok(events.length > 5)
      const end = events.at(-1)
      assert.equal(end?.type, 'end')
      assert.equal(end.finishReason, 'stop')
      assert.ok(end.usage.inputTokens > 0 && end.usage.outputTokens > 0)
      assert.ok(end.firstContentMs !== undefined && end.firstContentMs <= end.totalMs)
    })

    test('what the provider counted is passed on as counted', async (t) => {
      const { mock, provider } = await emulator(t, adapter)
      const usage = {
        openai: { prompt_tokens: 40, completion_tokens: 12 },
        anthropic: { input_tokens: 40, output_tokens: 12 },
        gemini: { promptTokenCount: 40, candidatesTokenCount: 12 },
        mistral: { prompt_tokens: 40, completion_tokens: 12 },
      }[adapter.protocol]
      mock.onMessage('hello', { content: ANSWER, usage })
      const { events } = await read(provider)
      const end = events.at(-1)
      assert.equal(end?.type, 'end')
      // The emulator sends counts of this protocol only when asked, which this adapter does not do.
      if (adapter.name === 'mistral') assert.equal(end.usage.estimated, true)
      else assert.deepEqual(end.usage, { inputTokens: 40, outputTokens: 12, estimated: false })
    })

    test('an answer that hit the token limit, or a filter, says so', async (t) => {
      const { mock, provider } = await emulator(t, adapter)
      mock.onMessage('long', { content: ANSWER, finishReason: 'length' })
      mock.onMessage('bad', { content: ANSWER, finishReason: 'content_filter' })
      for (const [message, reason] of [
        ['long', 'length'],
        ['bad', 'content-filter'],
      ] as const) {
        const end = (await read(provider, { messages: [user(message)] })).events.at(-1)
        // The emulator has no refusal of Anthropic's, there it ends as any other answer; and Mistral knows no filter.
        if (/anthropic|mistral/.test(adapter.name) && reason === 'content-filter') continue
        assert.equal(end?.type === 'end' && end.finishReason, reason)
      }
    })

    const statuses = [
      [400, 'models.request-refused', 'request-refused'],
      [401, 'models.provider-refused', 'refused'],
      [403, 'models.provider-refused', 'refused'],
      [404, 'models.not-found', 'not-found'],
      [413, 'models.request-refused', 'request-refused'],
      [429, 'models.provider-rate-limited', 'rate-limited'],
      [500, 'models.provider-failed', 'failed'],
      [529, 'models.provider-failed', 'failed'],
    ] as const
    for (const [status, code, cause] of statuses) {
      test(`${status} is ${code}, names the provider and shows nothing of its body`, async (t) => {
        const { mock, provider } = await emulator(t, adapter)
        mock.nextRequestError(status, { message: 'the customer Jane Doe wrote: secret' })
        const { events, fault } = await read(provider)
        assert.deepEqual(events, [])
        assert.equal(fault?.code, code)
        assert.deepEqual(fault.meta, { provider: adapter.name, cause, afterFirstToken: false })
        assert.doesNotMatch(JSON.stringify(fault), /Jane|secret/)
        assert.equal(mock.getRequests().length, 1, 'a provider is asked once')
      })
    }

    test('an answer cut after some text is cut, and what came of it was passed on', async (t) => {
      const { mock, provider } = await emulator(t, adapter)
      mock.onMessage('hello', { content: 'x'.repeat(500) }, { truncateAfterChunks: 6, latency: 5 })
      const { text, fault } = await read(provider)
      assert.equal(fault?.code, 'models.provider-cut')
      assert.deepEqual(fault.meta, { provider: adapter.name, cause: 'cut', afterFirstToken: true })
      assert.match(text, /^x{7,499}$/)
    })

    test('malformed JSON is garbage', async (t) => {
      const { mock, provider } = await emulator(t, adapter)
      mock.onMessage('hello', { content: ANSWER })
      mock.setChaos({ malformedRate: 1 })
      const { fault } = await read(provider)
      assert.equal(fault?.code, 'models.provider-garbage')
    })
  })
}
