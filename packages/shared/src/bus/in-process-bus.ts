import { type Bus } from './bus.ts'
import { type AssertionKeys, createAssertionKeys, parseSigningKey, parseTrust } from './assertion-keys.ts'
import { createAssertions } from './assertion.ts'
import { createBus } from './create-bus.ts'
import { createInProcessEvents } from './in-process-events.ts'
import { createSwitchboard } from './in-process-transport.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { Logger } from 'pino'
import type { ServiceName } from './contract.ts'

export type InProcessOptions = {
  logger?: Logger | undefined
  /** The time that assertions are signed and judged by, and that ends the window of deduplication. */
  clock?: Clock
  heartbeatMs?: number
  /** Every service's key; new ones when absent. */
  keys?: AssertionKeys
}

export type InProcessNetwork = {
  /** A bus for one process of a service. Several of the same service share its requests and events, as replicas do. */
  join(service: ServiceName): Bus
}

/**
 * The bus of one process: every service joins the same network. Messages still cross as JSON bytes, signed, validated and limited to
 * 8 MB, so that what works here works on NATS. Facts are kept in memory: they are lost with the process, which is why a consumer
 * must treat them as hints and be able to catch up from the truth.
 */
export function createInProcessNetwork(options: InProcessOptions = {}): InProcessNetwork {
  const { logger, clock = systemClock, heartbeatMs = 2000 } = options
  const { signingKeys, trust } = options.keys ?? createAssertionKeys()
  const trusted = parseTrust(trust)
  const switchboard = createSwitchboard()
  const events = createInProcessEvents(clock)
  return {
    join(service) {
      const signingKey = parseSigningKey(signingKeys[service])
      const assertions = createAssertions({ service, signingKey, trust: trusted, clock })
      return createBus({
        service,
        transport: switchboard.connect(service),
        events,
        assertions,
        logger,
        heartbeatMs,
      })
    },
  }
}
