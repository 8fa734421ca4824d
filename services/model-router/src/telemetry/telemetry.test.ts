import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { traceTo } from '@tessera/shared/telemetry/trace-to'
import { eventually } from '@tessera/testkit/eventually'
import { pino } from 'pino'
import { register } from 'prom-client'
import { fakeProvider, protocols, sendEvents } from '../../test/fake-provider.ts'
import { adapterAt, adapters, read, user } from '../../test/providers.ts'
import { answers, ask, refuses, twoProviders } from '../../test/two-providers.ts'
import { createExtractive } from '../providers/extractive/create-extractive.ts'
import { modelLabel } from './call-metrics.ts'
import { observed } from './observed-provider.ts'

const spans = new InMemorySpanExporter()
traceTo('test', [new SimpleSpanProcessor(spans)])
const SECRET = 'the merger with Ostrich Ltd.'
const [openai] = adapters

const calls = () =>
  spans
    .getFinishedSpans()
    .filter(({ attributes }) => 'gen_ai.operation.name' in attributes)
    .map(({ name, attributes }) => ({ name, attributes }))

/** The sample of a series, by the start of its line. */
async function sample(start: string): Promise<number | undefined> {
  const line = (await register.metrics()).split('\n').find((one) => one.startsWith(start))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

test('each request to a provider is a span by the conventions for generative AI, below the request of its caller, and has no text in it', async (t) => {
  const world = await twoProviders(t)
  world.behave.one = refuses(429)
  world.behave.two = answers(SECRET, SECRET)
  spans.reset()
  const rootId = await trace.getTracer('test').startActiveSpan('root', async (root) => {
    const fallbacks = ['openai-compatible/m']
    const messages = [user(SECRET)]
    const told = await world.ask({ model: 'openai/gpt-x', fallbacks, messages, temperature: 0.5, maxOutputTokens: 9 })
    assert.equal(told.fault, undefined)
    root.end()
    return root.spanContext().traceId
  })
  const [failed, served] = calls()
  assert.equal(failed?.name, 'chat gpt-x')
  assert.equal(failed?.attributes['error.type'], 'models.provider-rate-limited')
  assert.equal(served?.name, 'chat m')
  const { 'gen_ai.response.time_to_first_chunk': firstChunk, ...attributes } = served.attributes
  assert.ok(Number(firstChunk) > 0)
  assert.deepEqual(Object.keys(attributes).toSorted(), [
    ...['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.max_tokens', 'gen_ai.request.model'],
    ...['gen_ai.request.temperature', 'gen_ai.response.finish_reasons', 'gen_ai.response.model'],
    ...['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'],
  ])
  const all = spans.getFinishedSpans()
  assert.ok(all.every((span) => span.spanContext().traceId === rootId))
  assert.ok(!JSON.stringify(all.map(({ name, attributes: told, events }) => [name, told, events])).includes('Ostrich'))
})

test('prompts and answers stand in spans only where that is switched on', async () => {
  const provider = observed(createExtractive({ logger: pino({ level: 'silent' }) }), { withTexts: true })
  spans.reset()
  await read(provider, { model: 'extractive', messages: [user('Where is the ostrich?')] })
  const attributes = calls()[0]?.attributes ?? {}
  assert.deepEqual(JSON.parse(String(attributes['gen_ai.input.messages'])), [
    { role: 'user', parts: [{ type: 'text', content: 'Where is the ostrich?' }] },
  ])
  assert.match(String(attributes['gen_ai.output.messages']), /"role":"assistant".*"finish_reason":"stop"/)
})

test('times to the first chunk and between chunks, tokens and outcomes are counted, also of an answer whose reader left', async (t) => {
  const server = await fakeProvider(t, (response) => sendEvents(response, ['a', 'b', 'c'].map(protocols.openai.text)))
  const provider = observed(await adapterAt(openai, server.url), { withTexts: false })
  const labels = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="left"'
  const before = spans.getFinishedSpans().length
  for await (const event of provider.complete(
    { model: 'left', messages: [user('x')] },
    { signal: new AbortController().signal },
  ).events)
    if (event.ok && event.value.type === 'text-delta' && event.value.text === 'c') break
  // A tokenizer counts what was written, and is loaded first.
  await eventually(() => assert.ok(spans.getFinishedSpans().length > before), { timeoutMs: 60_000 })
  const name = 'gen_ai_client_operation'
  assert.equal(await sample(`${name}_time_to_first_chunk_seconds_count{${labels}}`), 1)
  assert.equal(await sample(`${name}_time_per_output_chunk_seconds_count{${labels}}`), 2)
  assert.equal(await sample(`${name}_duration_seconds_count{${labels},error_type="cancelled"}`), 1)
  assert.equal(await sample(`gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="output"}`), 1)
})

test('models that never answered share one series, and so do those beyond the first hundred', async (t) => {
  const world = await twoProviders(t)
  world.behave.two = refuses(404)
  for (let number = 0; number < 5; number++)
    await ask(world.models, { model: `openai-compatible/invented-${number}` }, world.callOf(world.ana))
  assert.ok(!(await register.metrics()).includes('invented'))
  for (let number = 0; number < 200; number++) modelLabel(`served-${number}`, { answered: true })
  assert.equal(modelLabel('one-more', { answered: true }), 'other')
  assert.equal(modelLabel('served-1', { answered: true }), 'served-1')
})
