import { ana, echo, probe } from './conformance/probe.ts'
import { createAssertionKeys, parseSigningKey, parseTrust } from './assertion-keys.ts'
import { suite, test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { createAssertions } from './assertion.ts'
import { createBus } from './create-bus.ts'
import { createInProcessEvents } from './in-process-events.ts'
import { createSwitchboard } from './in-process-transport.ts'
import { type PartKind, partOf } from './stream-parts.ts'
import { ok } from '../fault/result.ts'
import type { Outgoing } from './transport.ts'
import type { ServiceName } from './contract.ts'
import { systemClock } from '../time/clock.ts'

const heartbeatMs = 100

/** A client, and a server on a wire that loses what `loses` says. Neither of the two is told. */
async function lossy(t: TestContext, loses: (message: Outgoing) => boolean) {
  const { signingKeys, trust } = createAssertionKeys()
  const switchboard = createSwitchboard()
  const join = (service: ServiceName) => {
    const signingKey = parseSigningKey(signingKeys[service])
    const assertions = createAssertions({ service, signingKey, trust: parseTrust(trust), clock: systemClock })
    const transport = switchboard.connect(service)
    const send = (message: Outgoing) => (loses(message) ? true : transport.send(message))
    const events = createInProcessEvents(systemClock)
    const bus = createBus({
      service,
      transport: { ...transport, send },
      events,
      assertions,
      logger: undefined,
      heartbeatMs,
    })
    t.after(() => bus.close({ graceMs: 0 }))
    return bus
  }
  const server = join('access')
  await server.serve(probe, {
    ...echo,
    async *count(_, { signal }) {
      for (let n = 1; n <= 3; n++) {
        yield ok({ n })
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  })
  const gateway = join('gateway')
  const read = async () => {
    const seen: unknown[] = []
    for await (const element of gateway
      .connectTo(probe)
      .count({ upTo: 3 }, gateway.callFor(ana, { timeoutMs: 10_000 })))
      seen.push(element.ok ? element.value.n : element.fault.code)
    return seen
  }
  return { read, server }
}

const isPart = (kind: PartKind, number?: number) => (message: Outgoing) => {
  const part = partOf(message)
  return part?.kind === kind && (number === undefined || part.number === number)
}

suite('a stream on a wire that loses messages', () => {
  test('a gap in the numbers cuts the stream, before anything after the gap is read', async (t) => {
    const { read } = await lossy(t, isPart('events', 2))
    assert.deepEqual(await read(), [1, 'stream.cut'])
  })

  test('a lost last message is noticed by the next heartbeat', async (t) => {
    const { read } = await lossy(t, isPart('events', 3))
    assert.deepEqual(await read(), [1, 2, 'stream.cut'])
  })

  test('a source that is not heard any more cuts the stream', async (t) => {
    const { read } = await lossy(t, isPart('heartbeat'))
    assert.deepEqual(await read(), [1, 2, 3, 'stream.cut'])
  })

  test('a request that is lost on the way is a stream that is cut, not one that hangs', async (t) => {
    const { read, server } = await lossy(t, ({ subject }) => subject.endsWith('.count'))
    assert.deepEqual(await read(), ['stream.cut'])
    assert.equal(server.inFlight(), 0)
  })
})
