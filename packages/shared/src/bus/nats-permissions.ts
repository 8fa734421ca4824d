import { type Contract, type ServiceName, subjectOf } from './contract.ts'
import { deliverSubjectOf, streamNameOf } from './nats-events.ts'
import { durableOf, eventSubjectOf } from './create-bus.ts'
import { cancelOperation } from './wire.ts'
import { inboxPrefixOf } from './nats-bus.ts'
import { microName } from './nats-transport.ts'

/** What one service's NATS user may do. A subscription is `subject`, or `subject queue`: then only in that queue group. */
export type NatsPermissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] }

/**
 * The subjects that a service needs by its contracts, and no others: it calls what lists it in `calledBy`, serves its own operations
 * in its queue group, publishes its own facts, and receives those that list it in `consumedBy`. Answers are not among them: they are
 * allowed one by one as requests arrive (`allow_responses`).
 */
export function natsPermissions(
  service: ServiceName,
  contracts: readonly Contract[],
  prefix = 'tessera',
): NatsPermissions {
  const own = contracts.filter((contract) => contract.service === service)
  const consumed = contracts.flatMap((contract) =>
    Object.entries(contract.events)
      .filter(([, event]) => event.consumedBy.includes(service))
      .map(([name]) => ({
        subject: `${prefix}.${eventSubjectOf(contract, name)}`,
        durable: durableOf(service, contract, name),
      })),
  )
  const published = own.flatMap((contract) =>
    Object.keys(contract.events).map((name) => `${prefix}.${eventSubjectOf(contract, name)}`),
  )
  return {
    publish: [
      ...contracts.flatMap((contract) => calls(service, contract, prefix)),
      ...published,
      ...(published.length + consumed.length > 0 ? [`$JS.API.STREAM.CREATE.${streamNameOf(prefix)}`] : []),
      ...consumed.flatMap(({ subject, durable }) => [
        `$JS.API.CONSUMER.CREATE.${streamNameOf(prefix)}.${durable}.${subject}`,
        `$JS.ACK.${streamNameOf(prefix)}.${durable}.>`,
      ]),
    ],
    subscribe: [
      `${inboxPrefixOf(prefix, service)}.>`,
      ...own.flatMap((contract) => serves(contract, prefix)),
      ...consumed.map(({ durable }) => `${deliverSubjectOf(prefix, durable)} ${durable}`),
    ],
  }
}

function calls(service: ServiceName, contract: Contract, prefix: string): string[] {
  const called = Object.entries(contract.operations).filter(([, { calledBy }]) => calledBy.includes(service))
  if (called.length === 0) return []
  return [...called.map(([name]) => name), cancelOperation].map((name) => `${prefix}.${subjectOf(contract, name)}`)
}

function serves(contract: Contract, prefix: string): string[] {
  const name = microName(prefix, contract.service)
  return [
    ...Object.keys(contract.operations).map(
      (operation) => `${prefix}.${subjectOf(contract, operation)} ${contract.service}`,
    ),
    `${prefix}.${subjectOf(contract, cancelOperation)}`,
    // The discovery subjects of NATS's services framework.
    ...['PING', 'INFO', 'STATS'].flatMap((verb) => [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.*`]),
  ]
}

/** The variable that holds the password of a service's NATS user. */
export const passwordVariable = (service: ServiceName) => `NATS_PASSWORD_${service.toUpperCase()}`
