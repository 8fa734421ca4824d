import type { Result } from '../fault/result.ts'
import type { Call, Caller } from './call.ts'
import type { Client, Contract, EventPayload, Handlers, ServiceName } from './contract.ts'

/**
 * What a service sees of the bus. Two adapters, `createNatsBus` (nats-bus.ts) and `createInProcessNetwork` (in-process-bus.ts), pass one
 * conformance suite. Both ends validate every message; expected failures are values; a handler that throws becomes `bus.internal`.
 */
export type Bus = {
  readonly service: ServiceName
  /** Serves every operation of the contract, in the queue group of the service. */
  serve<C extends Contract>(contract: C, handlers: Handlers<C>): Promise<void>
  /** A typed client. Throws (a bug, not a fault) when it is used inside an open database transaction. */
  connectTo<C extends Contract>(contract: C): Client<C>
  /**
   * A call for `caller`, signed with this service's key. Receivers refuse what this service may not assert. Made once per incoming
   * request, run or loop turn; a handler passes on the call it was given instead.
   */
  callFor(caller: Caller, options: { timeoutMs: number; signal?: AbortSignal }): Call
  /** Publishes a fact durably. The same `dedupId` is delivered once within the deduplication window (two minutes). */
  publish<C extends Contract, N extends keyof C['events'] & string>(
    contract: C,
    name: N,
    payload: EventPayload<C, N>,
    options: { dedupId: string },
  ): Promise<Result<void>>
  /** Receives a fact at least once per service (not per replica). A handler that throws gets it again; so it must be safe to repeat. */
  subscribe<C extends Contract, N extends keyof C['events'] & string>(
    contract: C,
    name: N,
    handler: (payload: EventPayload<C, N>, delivery: { dedupId: string; attempt: number }) => Promise<void>,
  ): Promise<void>
  /** Whether the bus can carry a message now; for readiness. */
  connected(): boolean
  /** Calls and streams that this service serves at the moment. */
  inFlight(): number
  /** Stops serving, lets what is in flight end for at most `graceMs`, then cancels the rest and disconnects. */
  close(options?: { graceMs?: number }): Promise<void>
}
