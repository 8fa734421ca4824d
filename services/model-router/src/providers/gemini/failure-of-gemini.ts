import {
  GoogleGenerativeAIError,
  GoogleGenerativeAIFetchError,
  GoogleGenerativeAIRequestInputError,
} from '@google/generative-ai'
import type { Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'

/**
 * What an error of the `@google/generative-ai` SDK means; undefined for a bug of ours. The SDK drops the error beneath and the answer's
 * headers, so this is coarser than elsewhere (docs/decisions: the adapter of Gemini).
 */
export function failureOfGemini(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof GoogleGenerativeAIFetchError && error.status !== undefined) return failureOfAnswer(error)
  if (error instanceof GoogleGenerativeAIRequestInputError) return undefined
  if (error instanceof GoogleGenerativeAIError) {
    if (!state.answered) return { cause: 'unreachable' }
    // Whatever breaks while it reads is reported with this one message; everything else is about what it read.
    return { cause: error.message.includes('Error reading from the stream') ? 'cut' : 'garbage' }
  }
  return failureOfNetwork(error, state)
}

function failureOfAnswer({ status, errorDetails }: GoogleGenerativeAIFetchError): Failure {
  const details = Array.isArray(errorDetails) ? errorDetails : []
  // A wrong key is a 400 here.
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID')) return { cause: 'refused', status: status ?? 400 }
  const failure = failureOfStatus(status ?? 0)
  const retryAfterMs = details.map(({ retryDelay }) => msOf(retryDelay)).find((ms) => ms !== undefined)
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs }
}

/** A duration of protocol buffers, such as `31s` or `0.5s`. */
function msOf(duration: unknown): number | undefined {
  const seconds = typeof duration === 'string' ? /^(\d{1,6}(?:\.\d+)?)s$/.exec(duration)?.[1] : undefined
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000)
}
