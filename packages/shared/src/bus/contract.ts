import type { Static, TSchema } from 'typebox'
import type { Fault, FaultCatalogue } from '../fault/fault.ts'
import type { Result } from '../fault/result.ts'
import type { Call } from './call.ts'

/** Who may call an operation. In a cluster the NATS user of any other service is refused by the server. */
export type ServiceName = 'gateway' | 'access' | 'retrieval' | 'models' | 'agents' | 'connectors'

type Common<I extends TSchema, C extends string> = {
  readonly summary: string
  readonly calledBy: readonly ServiceName[]
  readonly input: I
  /** Codes of the faults that its handler returns; those of the bus itself (`bus.…`, `<service>.unavailable`) come on top. */
  readonly faults: readonly C[]
  /** The longest it may take, in milliseconds; a caller's own deadline may be shorter. For a stream: until its end. */
  readonly timeoutMs: number
}

export type CallOperation<I extends TSchema = TSchema, O extends TSchema = TSchema, C extends string = string> = Common<
  I,
  C
> & {
  readonly kind: 'call'
  readonly output: O
  /** Whether the bus may send it again within the deadline when the first try found nobody. */
  readonly idempotent: boolean
}

export type StreamOperation<
  I extends TSchema = TSchema,
  E extends TSchema = TSchema,
  C extends string = string,
> = Common<I, C> & {
  readonly kind: 'stream'
  readonly event: E
}

export type Operation = CallOperation | StreamOperation

/** A fact: published once by its service, delivered at least once to each service that subscribes. */
export type EventDefinition<P extends TSchema = TSchema> = {
  readonly kind: 'event'
  readonly summary: string
  readonly payload: P
  readonly consumedBy: readonly ServiceName[]
}

export type Contract = {
  readonly service: ServiceName
  readonly version: number
  readonly faults: Pick<FaultCatalogue, 'service' | 'definitions'>
  readonly operations: Readonly<Record<string, Operation>>
  readonly events: Readonly<Record<string, EventDefinition>>
}

export const call = <I extends TSchema, O extends TSchema, const C extends string>(
  definition: Omit<CallOperation<I, O, C>, 'kind'>,
): CallOperation<I, O, C> => ({ kind: 'call', ...definition })

export const stream = <I extends TSchema, E extends TSchema, const C extends string>(
  definition: Omit<StreamOperation<I, E, C>, 'kind'>,
): StreamOperation<I, E, C> => ({ kind: 'stream', ...definition })

export const event = <P extends TSchema>(definition: Omit<EventDefinition<P>, 'kind'>): EventDefinition<P> => ({
  kind: 'event',
  ...definition,
})

export const defineContract = <const C extends Contract>(contract: C): C => contract

/** `access.v1.checkPassages`; the bus puts its own prefix in front. */
export const subjectOf = (contract: Contract, operation: string) =>
  `${contract.service}.v${contract.version}.${operation}`

export type InputOf<O extends Operation> = Static<O['input']>

/** What a handler may answer: its value, or one of its own declared faults. A wrong code does not compile. */
export type HandlerOf<O> =
  O extends CallOperation<infer I, infer V, infer C>
    ? (input: Static<I>, call: Call) => Promise<Result<Static<V>, Fault<C>>>
    : O extends StreamOperation<infer I, infer E, infer C>
      ? (input: Static<I>, call: Call) => AsyncIterable<Result<Static<E>, Fault<C>>>
      : never

export type Handlers<C extends Contract> = { readonly [N in keyof C['operations']]: HandlerOf<C['operations'][N]> }

/**
 * What a caller sees: the same, with the faults of the bus on top. A stream is an async iterable of results; a fault is always its
 * last element, and an iteration that ends without one has ended well. Leaving the loop early cancels the source.
 */
export type ClientOf<O> =
  O extends CallOperation<infer I, infer V, infer C>
    ? (input: Static<I>, call: Call) => Promise<Result<Static<V>, Fault<C | BusFaultCode>>>
    : O extends StreamOperation<infer I, infer E, infer C>
      ? (input: Static<I>, call: Call) => AsyncIterable<Result<Static<E>, Fault<C | BusFaultCode>>>
      : never

export type Client<C extends Contract> = { readonly [N in keyof C['operations']]: ClientOf<C['operations'][N]> }

export type EventPayload<C extends Contract, N extends keyof C['events']> = Static<C['events'][N]['payload']>

export type BusFaultCode =
  | 'bus.unavailable'
  | 'bus.timeout'
  | 'bus.cancelled'
  | 'bus.contract-mismatch'
  | 'bus.too-large'
  | 'bus.unauthenticated'
  | 'bus.internal'
  | 'stream.slow-consumer'
  | 'stream.cut'
  | `${ServiceName}.unavailable`
