import { ApiError } from '@google/genai'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'
import { RefusedAnswer } from './refused-answer.ts'

/** What an error of the `@google/genai` SDK means; undefined for a bug of ours. */
export function failureOfGemini(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof RefusedAnswer) return failureOfAnswer(error)
  // An error inside a stream, with the status that it would have had.
  if (error instanceof ApiError) return failureOfStatus(error.status)
  const failure = failureOfNetwork(error, state)
  if (failure || !(error instanceof Error)) return failure
  // The SDK has no types for these: it could not parse what it read, or the answer ended in the middle of it.
  if (error.message.startsWith('Incomplete JSON segment')) return { cause: 'cut' }
  return /^exception parsing|is not valid JSON|^Response body is empty/.test(error.message)
    ? { cause: 'garbage' }
    : undefined
}

const Details = Type.Object({
  error: Type.Object({
    message: Type.Optional(Type.String()),
    details: Type.Optional(
      Type.Array(Type.Object({ reason: Type.Optional(Type.String()), retryDelay: Type.Optional(Type.String()) })),
    ),
  }),
})

function failureOfAnswer({ status, headers, body }: RefusedAnswer): Failure {
  const { message = '', details = [] } = detailsOf(body)
  // A wrong key is a 400 here.
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID')) return { cause: 'refused', status }
  const failure = failureOfStatus(status, headers)
  if (failure.cause === 'request-refused' && /token count.*exceeds/.test(message))
    return { ...failure, cause: 'prompt-too-long' }
  const retryAfterMs = details.map(({ retryDelay }) => msOf(retryDelay)).find((ms) => ms !== undefined)
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs }
}

function detailsOf(body: string): Static<typeof Details>['error'] {
  try {
    const value: unknown = JSON.parse(body)
    const told: unknown = Array.isArray(value) ? value[0] : value
    return Value.Check(Details, told) ? told.error : {}
  } catch {
    return {}
  }
}

/** A duration of protocol buffers, such as `31s` or `0.5s`. */
function msOf(duration: string | undefined): number | undefined {
  const seconds = /^(\d{1,6}(?:\.\d+)?)s$/.exec(duration ?? '')?.[1]
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000)
}
