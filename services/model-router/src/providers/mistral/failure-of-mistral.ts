import {
  ConnectionError,
  MistralError,
  RequestTimeoutError,
  ResponseValidationError,
  SDKValidationError,
} from '@mistralai/mistralai/models/errors'
import type { Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'

/** What an error of the `@mistralai/mistralai` SDK means; undefined for a bug of ours. */
export function failureOfMistral(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof RequestTimeoutError) return { cause: 'timeout' }
  if (error instanceof ConnectionError) return failureOfNetwork(error, state) ?? { cause: 'unreachable' }
  if (error instanceof ResponseValidationError || error instanceof SDKValidationError) return { cause: 'garbage' }
  if (error instanceof MistralError) return withHint(failureOfStatus(error.statusCode, error.headers), error.body)
  // An event that is not what the SDK expects fails in its schema library, whose errors have no class in common with ours.
  if (error instanceof Error && error.name.endsWith('ZodError')) return { cause: 'garbage' }
  return failureOfNetwork(error, state)
}

function withHint(failure: Failure, body: string): Failure {
  const isTooLong = failure.cause === 'request-refused' && /too large for model|maximum context length/.test(body)
  return isTooLong ? { ...failure, cause: 'prompt-too-long' } : failure
}
