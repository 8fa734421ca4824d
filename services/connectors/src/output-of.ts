import type { CallOperation, Contract } from '@tessera/shared/bus/contract'
import type { Static } from 'typebox'

/** What an operation of a contract answers. */
export type OutputOf<C extends Contract, N extends keyof C['operations']> =
  C['operations'][N] extends CallOperation<infer _I, infer O> ? Static<O> : never
