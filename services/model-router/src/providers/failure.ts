import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { ProviderFault } from './provider.ts'

export type Cause =
  | 'refused'
  | 'rate-limited'
  | 'failed'
  | 'garbage'
  | 'timeout'
  | 'empty'
  | 'unreachable'
  | 'cut'
  | 'request-refused'
  | 'prompt-too-long'
  | 'not-found'

/**
 * Why a provider did not answer, in our words. It never carries what the provider wrote: that may quote the prompt, the credential or
 * another customer's data.
 */
export type Failure = {
  readonly cause: Cause
  /** The HTTP status it answered, for the log. */
  readonly status?: number
  readonly retryAfterMs?: number
  /** What a caller can correct, in words of ours. */
  readonly hint?: string
  /** The part of the request that it is about, as a JSON pointer into the contract's. */
  readonly field?: string
}

/** Thrown where bytes came that are not the provider's protocol. The message is ours and holds nothing of those bytes. */
export class GarbageError extends Error {}

/** Thrown where the provider says inside its answer, and not as an error, that it failed. */
export class FailedError extends Error {}

/** Thrown by an adapter, before it asks the provider, for a request that this provider cannot be asked. */
export class RequestRefusedError extends Error {}

const details: Record<Cause, string> = {
  refused: 'does not accept our credential, or it may not use this model',
  'rate-limited': 'limits how much we may ask at the moment',
  failed: 'failed to answer',
  garbage: 'answered with something that is not its protocol',
  timeout: 'did not answer in time',
  unreachable: 'cannot be reached',
  empty: 'answered with nothing',
  cut: 'broke the answer off before its end',
  'request-refused': 'does not take this request',
  'prompt-too-long': 'takes no prompt of this length with this model',
  'not-found': 'does not know this model',
}

const codes = {
  refused: 'provider-refused',
  'rate-limited': 'provider-rate-limited',
  failed: 'provider-failed',
  garbage: 'provider-garbage',
  timeout: 'provider-timeout',
  unreachable: 'provider-unreachable',
  empty: 'provider-empty',
  cut: 'provider-cut',
  'request-refused': 'request-refused',
  'prompt-too-long': 'prompt-too-long',
  'not-found': 'not-found',
} as const satisfies Record<Cause, string>

export function providerFault(
  failure: Failure,
  { provider, afterFirstToken }: { provider: string; afterFirstToken: boolean },
): ProviderFault {
  const { field } = failure
  const rule = 'has a value that this model does not take'
  const detail = failure.hint ?? (field ? `${field} ${rule}.` : `The provider ${provider} ${details[failure.cause]}.`)
  return modelsFaults.fault(codes[failure.cause], detail, {
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(field === undefined ? {} : { errors: [{ field, rule }] }),
    meta: { provider, cause: failure.cause, afterFirstToken },
  })
}
