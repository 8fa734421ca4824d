import Anthropic from '@anthropic-ai/sdk'
import type { Cause, Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'

/** Types of errors that come inside a stream, where there is no status. */
const causes: Record<string, Cause> = {
  invalid_request_error: 'request-refused',
  authentication_error: 'refused',
  billing_error: 'refused',
  permission_error: 'refused',
  not_found_error: 'not-found',
  rate_limit_error: 'rate-limited',
  timeout_error: 'timeout',
}

/** What an error of the `@anthropic-ai/sdk` means; undefined for a bug of ours. */
export function failureOfAnthropic(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof Anthropic.APIConnectionTimeoutError) return { cause: 'timeout' }
  if (error instanceof Anthropic.APIConnectionError) return failureOfNetwork(error, state) ?? { cause: 'unreachable' }
  if (error instanceof Anthropic.APIError) {
    if (typeof error.status === 'number') return failureOfStatus(error.status, error.headers)
    return { cause: causes[error.type ?? ''] ?? 'failed' }
  }
  return failureOfNetwork(error, state)
}
