import type { Bus } from './bus.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { connect, type ConnectionOptions, type NatsConnection } from 'nats'
import { createAssertions } from './assertion.ts'
import { createBus } from './create-bus.ts'
import { createNatsEvents } from './nats-events.ts'
import { createNatsTransport } from './nats-transport.ts'
import type { Logger } from 'pino'
import { parseSigningKey, parseTrust } from './assertion-keys.ts'
import type { ServiceName } from './contract.ts'
import { wait } from '../time/wait.ts'

export type NatsBusOptions = {
  /** One or more addresses, `nats://…`, separated by commas. */
  url: string
  service: ServiceName
  user?: string | undefined
  password?: string | undefined
  /** First token of every subject, without dots. */
  prefix?: string
  /** `ASSERTION_KEY`: the service's own Ed25519 private key, PKCS8 DER in base64. */
  signingKey: string
  /** `ASSERTION_TRUST`: JSON of service → Ed25519 public key, SPKI DER in base64. */
  trust: string
  logger?: Logger | undefined
  /** The time that assertions are signed and judged by. */
  clock?: Clock
  heartbeatMs?: number
  /** How many servers of a NATS cluster keep each fact. */
  eventReplicas?: number
}

/** A subject of its own for each service's inboxes: what its NATS user may subscribe, and no other's (nats/nats.conf). */
export const inboxPrefixOf = (prefix: string, service: ServiceName) => `${prefix}.inbox.${service}`

/**
 * The bus over NATS. Waits for the first connection; after that it reconnects for ever, and answers `bus.unavailable` at once while
 * it is away. Throws when a key is not one.
 */
export async function createNatsBus(options: NatsBusOptions): Promise<Bus> {
  const { service, prefix = 'tessera', logger, clock = systemClock, heartbeatMs = 2000, eventReplicas = 1 } = options
  const signingKey = parseSigningKey(options.signingKey)
  const assertions = createAssertions({ service, signingKey, trust: parseTrust(options.trust), clock })
  const inboxPrefix = inboxPrefixOf(prefix, service)
  const connection = await firstConnection(connectionOptions(options, inboxPrefix), logger)
  const transport = createNatsTransport({ connection, prefix, inboxPrefix, logger })
  const events = createNatsEvents({ connection, transport, replicas: eventReplicas, logger })
  return createBus({ service, transport, events, assertions, logger, heartbeatMs })
}

/** The library can wait for it, too, but silently: a wrong password would look like a slow start. */
async function firstConnection(options: ConnectionOptions, logger: Logger | undefined): Promise<NatsConnection> {
  for (;;) {
    try {
      return await connect(options)
    } catch (error) {
      logger?.warn({ err: error }, 'the bus cannot be reached; trying again')
      await wait(500)
    }
  }
}

const connectionOptions = (
  { url, service, user, password }: NatsBusOptions,
  inboxPrefix: string,
): ConnectionOptions => ({
  servers: url.split(','),
  name: service,
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { pass: password }),
  inboxPrefix,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  reconnectJitter: 200,
  // A server that restarts with other passwords first is no reason to give up.
  ignoreAuthErrorAbort: true,
  // A connection that is open but dead is noticed after 10 to 15 seconds; each call has its own deadline besides.
  pingInterval: 5_000,
  maxPingOut: 2,
})
