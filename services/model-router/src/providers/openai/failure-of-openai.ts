import OpenAI from 'openai'
import type { Failure } from '../failure.ts'
import { failureOfNetwork } from '../failure-of-network.ts'
import { failureOfStatus } from '../failure-of-status.ts'
import { ErrorInStream } from './error-in-stream.ts'

/** What an error of the `openai` SDK, or one inside a stream, means; undefined for a bug of ours. */
export function failureOfOpenai(error: unknown, state: { answered: boolean }): Failure | undefined {
  if (error instanceof ErrorInStream) return withHint(failureInStream(error), error)
  if (error instanceof OpenAI.APIConnectionTimeoutError) return { cause: 'timeout' }
  if (error instanceof OpenAI.APIConnectionError) return failureOfNetwork(error, state) ?? { cause: 'unreachable' }
  if (error instanceof OpenAI.APIError && typeof error.status === 'number') {
    return withHint(failureOfStatus(error.status, error.headers), error)
  }
  return failureOfNetwork(error, state)
}

/** Some servers put a status into `code`. */
function failureInStream({ code, type }: ErrorInStream): Failure {
  const status = Number(code)
  if (status >= 400 && status <= 599) return failureOfStatus(status)
  if (code === 'rate_limit_exceeded' || type === 'rate_limit_error') return { cause: 'rate-limited' }
  if (code === 'context_length_exceeded' || type === 'invalid_request_error') return { cause: 'request-refused' }
  return { cause: 'failed' }
}

/** What the protocol calls the parameters that a caller can correct, and what we call them. */
const parameters: Record<string, string> = {
  temperature: 'temperature',
  top_p: 'topP',
  stop: 'stop',
  seed: 'seed',
  max_tokens: 'maxOutputTokens',
  max_completion_tokens: 'maxOutputTokens',
  max_output_tokens: 'maxOutputTokens',
  reasoning_effort: 'reasoning/effort',
  'reasoning.effort': 'reasoning/effort',
  response_format: 'outputFormat',
  'text.format': 'outputFormat',
  tools: 'tools',
  tool_choice: 'toolChoice',
  parallel_tool_calls: 'parallelToolCalls',
  logprobs: 'logprobs',
  top_logprobs: 'logprobs',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
  verbosity: 'verbosity',
  dimensions: 'dimensions',
}

type Told = { readonly code?: string | number | null | undefined; readonly param?: string | null | undefined }

function withHint(failure: Failure, { code, param }: Told): Failure {
  if (failure.cause !== 'request-refused') return failure
  if (code === 'context_length_exceeded') return { ...failure, cause: 'prompt-too-long' }
  const field = typeof param === 'string' ? parameters[param.replace(/[.[]\d.*$/, '')] : undefined
  return field === undefined ? failure : { ...failure, field: `/${field}` }
}
