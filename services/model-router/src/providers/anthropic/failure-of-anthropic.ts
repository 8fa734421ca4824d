import Anthropic from '@anthropic-ai/sdk'
import type { Cause, Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'
import { ErrorInStream } from './error-in-stream.ts'

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

/** What an error of the `@anthropic-ai/sdk`, or one inside a stream, means; undefined for a bug of ours. */
export function failureOfAnthropic(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof ErrorInStream) return { cause: causes[error.type ?? ''] ?? 'failed' }
  if (error instanceof Anthropic.APIConnectionTimeoutError) return { cause: 'timeout' }
  if (error instanceof Anthropic.APIConnectionError) return failureOfNetwork(error, state) ?? { cause: 'unreachable' }
  if (error instanceof Anthropic.APIError && typeof error.status === 'number') {
    return withHint(failureOfStatus(error.status, error.headers), error.message)
  }
  return failureOfNetwork(error, state)
}

/** The names of parameters that a message of the provider begins with, and what we call them. */
const parameters: Record<string, string> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  stop_sequences: 'stop',
  max_tokens: 'maxOutputTokens',
  thinking: 'reasoning',
  'output_config.effort': 'reasoning/effort',
  'output_config.format': 'outputFormat',
  tools: 'tools',
  tool_choice: 'toolChoice',
}

/** The protocol tells in words alone what is wrong. Nothing of them is passed on; they only choose among words of ours. */
function withHint(failure: Failure, message: string): Failure {
  if (failure.cause !== 'request-refused') return failure
  if (/prompt is too long|exceed context limit/.test(message)) return { ...failure, cause: 'prompt-too-long' }
  const named = Object.keys(parameters).find((name) => message.includes(`"${name}`) || message.includes(`\`${name}`))
  const field = parameters[named ?? '']
  return field === undefined ? failure : { ...failure, field: `/${field}` }
}
