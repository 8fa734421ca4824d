import OpenAI from 'openai'
import type { Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'

/** What an error of the `openai` SDK means; undefined for a bug of ours. */
export function failureOfOpenai(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof OpenAI.APIConnectionTimeoutError) return { cause: 'timeout' }
  if (error instanceof OpenAI.APIConnectionError) return failureOfNetwork(error, state) ?? { cause: 'unreachable' }
  if (error instanceof OpenAI.APIError) {
    if (typeof error.status === 'number') return withHint(failureOfStatus(error.status, error.headers), error)
    return withHint(failureOfStreamError(error), error)
  }
  return failureOfNetwork(error, state)
}

/** An error that the provider sent inside its stream has no status of its own; some servers put one into `code`. */
function failureOfStreamError({ code, type }: InstanceType<typeof OpenAI.APIError>): Failure {
  const status = Number(code)
  if (status >= 400 && status <= 599) return failureOfStatus(status)
  if (code === 'rate_limit_exceeded' || type === 'rate_limit_error') return { cause: 'rate-limited' }
  if (type === 'invalid_request_error') return { cause: 'request-refused' }
  return { cause: 'failed' }
}

const parameters: Record<string, string> = {
  temperature: 'temperature',
  top_p: 'topP',
  stop: 'stop',
  seed: 'seed',
  max_tokens: 'maxOutputTokens',
  max_completion_tokens: 'maxOutputTokens',
}

function withHint(failure: Failure, { code, param }: InstanceType<typeof OpenAI.APIError>): Failure {
  if (failure.cause !== 'request-refused') return failure
  if (code === 'context_length_exceeded') {
    return { ...failure, hint: 'The prompt is longer than this model takes.' }
  }
  const parameter = typeof param === 'string' ? parameters[param] : undefined
  return parameter ? { ...failure, hint: `This model does not take this value of ${parameter}.` } : failure
}
