import { type AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { ana, echo, probe } from '../bus/conformance/probe.ts'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { startTelemetry } from './start-telemetry.ts'
import { traceTo } from './trace-to.ts'
import assert from 'node:assert/strict'
import { bus } from '@tessera/testkit/bus'
import { createApp } from '../http/create-app.ts'
import { createAssertionKeys } from '../bus/assertion-keys.ts'
import { createInProcessNetwork } from '../bus/in-process-bus.ts'
import { createNatsBus } from '../bus/nats-bus.ts'
import type { Bus } from '../bus/bus.ts'
import { eventually } from '@tessera/testkit/eventually'
import { ok } from '../fault/result.ts'
import { once } from 'node:events'
import type { ServiceName } from '../bus/contract.ts'
import test, { type TestContext } from 'node:test'
import { context, type SpanContext, trace } from '@opentelemetry/api'

const spans = new InMemorySpanExporter()
traceTo('test', [new SimpleSpanProcessor(spans)])

type Join = (service: ServiceName) => Promise<Bus>
const adapters: Record<string, (t: TestContext) => Promise<Join>> = {
  async 'in process'() {
    const network = createInProcessNetwork()
    return async (service) => network.join(service)
  },
  async NATS(t) {
    const place = await bus(t)
    const { signingKeys, trust } = createAssertionKeys()
    return (service) => createNatsBus({ ...place, service, signingKey: signingKeys[service], trust })
  },
}

/** The tree below a span, as names. */
const treeOf = (all: readonly ReadableSpan[], parent: string | undefined): unknown[] =>
  all
    .filter((span) => span.parentSpanContext?.spanId === parent)
    .map((span) => [span.name, ...treeOf(all, span.spanContext().spanId)])
    .toSorted((a, b) => String(a).localeCompare(String(b)))

for (const [name, network] of Object.entries(adapters))
  test(`calls, streams and facts of several services over the bus are one tree of spans (${name})`, async (t) => {
    const join = await network(t)
    const [gateway, agents, access, retrieval] = await Promise.all(
      (['gateway', 'agents', 'access', 'retrieval'] as const).map(join),
    )
    assert.ok(gateway && agents && access && retrieval)
    t.after(() => Promise.all([gateway, agents, access, retrieval].map((bus) => bus.close({ graceMs: 0 }))))
    const tracer = trace.getTracer('test')
    await access.serve(probe, {
      ...echo,
      async ask({ text }) {
        tracer.startSpan('inside the handler').end()
        await access.publish(probe, 'changed', { n: 1 }, { dedupId: text })
        return ok({ text })
      },
      async *count() {
        tracer.startSpan('before the first event').end()
        yield ok({ n: 1 })
        await new Promise((resolve) => setImmediate(resolve))
        tracer.startSpan('before the second event').end()
        yield ok({ n: 2 })
      },
    })
    await retrieval.subscribe(probe, 'changed', async () => tracer.startSpan('heard of it').end())
    spans.reset()
    const rootId = await tracer.startActiveSpan('root', async (root) => {
      const call = agents.callFor({ ...ana, actors: ['agent:agt_1'] }, { timeoutMs: 5000 })
      const client = agents.connectTo(probe)
      assert.ok((await client.ask({ text: 'x' }, call)).ok)
      for await (const element of client.count({ upTo: 2 }, call)) assert.ok(element.ok)
      root.end()
      return root.spanContext().spanId
    })
    await eventually(() =>
      assert.deepEqual(treeOf(spans.getFinishedSpans(), rootId), [
        ['access.v1.ask', ['access.v1.ask', ['events.access.changed', ['heard of it']], ['inside the handler']]],
        ['access.v1.count', ['access.v1.count', ['before the first event'], ['before the second event']]],
      ]),
    )
    assert.equal(new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId)).size, 1)
  })

test("a request over HTTP continues its caller's trace, and what it calls on the bus is below it", async (t) => {
  const join = await adapters['NATS']?.(t)
  assert.ok(join)
  const [gateway, access] = await Promise.all([join('gateway'), join('access')])
  await access.serve(probe, echo)
  const client = gateway.connectTo(probe)
  const app = await createApp({ name: 'gateway', notReady: async () => [] })
  app.post('/asked/:text', async () => client.ask({ text: 'x' }, gateway.callFor(ana, { timeoutMs: 5000 })))
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  t.after(async () => {
    await app.close()
    await Promise.all([gateway, access].map((bus) => bus.close({ graceMs: 0 })))
  })
  spans.reset()
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  const headers = { traceparent, 'content-type': 'application/json' }
  const response = await fetch(`${address}/asked/x`, { method: 'POST', headers, body: '{}' })
  assert.deepEqual(await response.json(), ok({ text: 'x' }))
  await eventually(() =>
    assert.deepEqual(treeOf(spans.getFinishedSpans(), 'b7ad6b7169203331'), [
      ['POST /asked/:text', ['access.v1.ask', ['access.v1.ask']]],
    ]),
  )
  assert.deepEqual([...new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId))], [traceId])
})

test('telemetry is off without the standard variables, and when they say so', async () => {
  const off = [{}, { OTEL_TRACES_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' }]
  const before = trace.getTracerProvider()
  for (const environment of off) await (await startTelemetry('access', environment)).close()
  assert.equal(trace.getTracerProvider(), before)
  await assert.rejects(startTelemetry('access', { OTEL_TRACES_EXPORTER: 'zipkin' }), /zipkin/)
})

test('with OTEL_EXPORTER_OTLP_ENDPOINT spans are sent there, under the name of the service', async (t) => {
  const received = Promise.withResolvers<{ url: string | undefined; type: string | undefined; body: string }>()
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1')
      received.resolve({ url: request.url, type: request.headers['content-type'], body })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  t.after(() => collector.close())
  await once(collector, 'listening')
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
  trace.disable()
  const telemetry = await startTelemetry('access', process.env)
  trace.getTracer('test').startSpan('sent away').end()
  await telemetry.close()
  const { url, type, body } = await received.promise
  assert.deepEqual([url, type], ['/v1/traces', 'application/x-protobuf'])
  assert.match(body, /tessera-access/)
  assert.match(body, /sent away/)
})

test('of a trace that is not sampled nothing is made on the way, and everybody behind is told so', async (t) => {
  const join = await adapters['in process']?.(t)
  assert.ok(join)
  const [gateway, access] = await Promise.all([join('gateway'), join('access')])
  const seen: (SpanContext | undefined)[] = []
  await access.serve(probe, {
    ...echo,
    async ask({ text }) {
      seen.push(trace.getSpanContext(context.active()))
      return ok({ text })
    },
  })
  t.after(() => Promise.all([gateway, access].map((one) => one.close({ graceMs: 0 }))))
  spans.reset()
  const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 }
  await context.with(trace.setSpanContext(context.active(), spanContext), () =>
    gateway.connectTo(probe).ask({ text: 'x' }, gateway.callFor(ana, { timeoutMs: 5000 })),
  )
  assert.deepEqual([seen[0]?.traceId, seen[0]?.traceFlags], [spanContext.traceId, 0])
  assert.deepEqual(spans.getFinishedSpans(), [])
})
