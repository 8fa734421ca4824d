import type { Bus } from './bus.ts'
import { type Contract, type ServiceName } from './contract.ts'
import { type Delivery, type EventCarrier, type Listening, sizeBytes, type Transport } from './transport.ts'
import { busFaults } from './faults.ts'
import { decode, encode, header } from './wire.ts'
import { fail, ok } from '../fault/result.ts'
import { consumerSpan, traceHeaders, withinSpan } from '../telemetry/bus-spans.ts'
import type { Assertions } from './assertion.ts'
import { connectTo } from './connect-to.ts'
import { createInFlight } from './in-flight.ts'
import { createRequests } from './requests.ts'
import { createServing } from './serve.ts'
import { fits } from './fits.ts'
import { isInTransaction } from '../database/database.ts'
import type { Logger } from 'pino'
import { wait } from '../time/wait.ts'

export type BusParts = {
  service: ServiceName
  transport: Transport
  events: EventCarrier
  assertions: Assertions
  logger: Logger | undefined
  /** How often the sources of streams that this process reads say that they live. */
  heartbeatMs: number
}

/** How long what was cancelled at a stop may take to notice. */
const cancelledMs = 1000

/** Everything that makes a bus of a transport. Both adapters end here. */
export function createBus({ service, transport, events, assertions, logger, heartbeatMs }: BusParts): Bus {
  const inFlight = createInFlight()
  const receiving = createInFlight()
  const requests = createRequests(transport)
  const serving = createServing({ transport, assertions, inFlight, logger })
  const listening: Listening[] = []

  return {
    service,
    async serve(contract, handlers) {
      if (contract.service !== service) throw new Error(`${service} cannot serve the contract of ${contract.service}`)
      listening.push(await serving.serve(contract, handlers))
    },
    connectTo: (contract) => connectTo({ service, transport, requests, heartbeatMs }, contract),
    callFor(caller, { timeoutMs, signal: left }) {
      const deadlineMs = Date.now() + timeoutMs
      let signal: AbortSignal | undefined
      return {
        caller,
        assertion: assertions.sign(caller),
        deadlineMs,
        left,
        // Made where it is asked for: it costs more than all of the rest, and holds a timer until the deadline.
        get signal() {
          return (signal ??= endsAt(deadlineMs, left))
        },
      }
    },
    async publish(contract, name, payload, { dedupId }) {
      if (contract.service !== service) throw new Error(`${service} cannot publish a fact of ${contract.service}`)
      if (isInTransaction()) throw new Error(`${name} was published inside an open database transaction`)
      const fact = factOf(contract, name)
      const fitting = fits(fact.payload, payload, `The event ${fact.subject}`)
      if (!fitting.ok) return fitting
      const headers = { ...traceHeaders(), [header.dedupId]: encodeURIComponent(dedupId) }
      const data = encode(payload)
      if (sizeBytes(headers, data) > transport.maxPayloadBytes)
        return fail(busFaults.fault('too-large', `The event ${fact.subject} is larger than one message may be.`))
      const subject = `${transport.prefix}.${fact.subject}`
      const stored = await events.publish(subject, { headers, data, dedupKey: `${fact.subject}:${dedupId}` })
      return stored ? ok() : fail(busFaults.fault('unavailable', `The event ${fact.subject} could not be stored.`))
    },
    async subscribe(contract, name, handler) {
      const fact = factOf(contract, name)
      if (!fact.consumedBy.includes(service))
        throw new Error(`${service} subscribes ${fact.subject}, but its contract does not list it in consumedBy`)
      const source = { subject: `${transport.prefix}.${fact.subject}`, durable: durableOf(service, contract, name) }
      const what = `The event ${fact.subject}`
      const receive = async ({ headers, data, attempt }: Delivery) => {
        const decoded = decode(data, what)
        if (!decoded.ok) throw new Error(decoded.fault.detail)
        const fitting = fits(fact.payload, decoded.value, what)
        if (!fitting.ok) throw new Error(fitting.fault.detail)
        const dedupId = decodeURIComponent(headers[header.dedupId] ?? '')
        await handler(decoded.value as Parameters<typeof handler>[0], { dedupId, attempt })
      }
      const listener = await events.consume(source, async (delivery) => {
        const leave = receiving.enter(() => undefined)
        const span = consumerSpan(fact.subject, delivery.headers)
        try {
          await withinSpan(span, () => receive(delivery))
        } catch (error) {
          span.end(busFaults.fault('internal', ''))
          const { attempt } = delivery
          logger?.warn({ err: error, event: fact.subject, attempt }, 'an event was not handled and will come again')
          throw error
        } finally {
          span.end()
          leave()
        }
      })
      listening.push(listener)
    },
    connected: () => transport.connected(),
    inFlight: () => inFlight.count(),
    async close({ graceMs = 10_000 } = {}) {
      const endsAtMs = performance.now() + graceMs
      const over = new AbortController()
      const stopped = Promise.all(listening.splice(0).map((listener) => listener.stop()))
      await Promise.race([stopped, wait(graceMs, over.signal)])
      over.abort()
      await Promise.all([inFlight, receiving].map((work) => work.settle(Math.max(0, endsAtMs - performance.now()))))
      inFlight.cancelAll()
      await inFlight.settle(cancelledMs)
      requests.abandon()
      await transport.close()
    },
  }
}

function endsAt(deadlineMs: number, left: AbortSignal | undefined): AbortSignal {
  // What a timer can hold; a deadline that has passed already is one of now.
  const timeout = AbortSignal.timeout(Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(deadlineMs - Date.now()))))
  return left ? AbortSignal.any([left, timeout]) : timeout
}

/** `events.access.changed` */
export const eventSubjectOf = (contract: Pick<Contract, 'service'>, name: string) =>
  `events.${contract.service}.${name}`

/** One durable consumer for each consuming service and event. */
export const durableOf = (consumer: ServiceName, contract: Pick<Contract, 'service'>, name: string) =>
  `${consumer}_${contract.service}_${name}`

function factOf(contract: Contract, name: string) {
  const definition = contract.events[name]
  if (!definition) throw new Error(`${contract.service} has no event ${name}`)
  return { ...definition, subject: eventSubjectOf(contract, name) }
}
