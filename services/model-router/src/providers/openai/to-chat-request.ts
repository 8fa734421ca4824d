import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import type { ProviderRequest } from '../provider.ts'
import type { Dialect } from './dialect.ts'
import { toChatMessages } from './to-chat-messages.ts'

/** Our request as a streaming chat completion. */
export function toChatRequest(request: ProviderRequest, dialect: Dialect): ChatCompletionCreateParamsStreaming {
  const { model, messages, maxOutputTokens, stop, reasoning, logprobs, parallelToolCalls, verbosity } = request
  return {
    model,
    messages: messages.flatMap(toChatMessages),
    stream: true,
    stream_options: { include_usage: true },
    ...toolsOf(request),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
    ...formatOf(request),
    ...(verbosity !== undefined && { verbosity }),
    ...(reasoning?.effort !== undefined && { reasoning_effort: reasoning.effort }),
    ...(maxOutputTokens !== undefined && { [dialect.maxTokensField]: maxOutputTokens }),
    ...samplingOf(request),
    ...(stop !== undefined && stop.length > 0 && { stop: [...stop] }),
    ...(logprobs !== undefined && { logprobs: true, top_logprobs: logprobs.top }),
  }
}

type Field<K extends keyof ChatCompletionCreateParamsStreaming> = Pick<ChatCompletionCreateParamsStreaming, K>

function toolsOf({ tools, toolChoice }: ProviderRequest): Partial<Field<'tools' | 'tool_choice'>> {
  return {
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...(toolChoice !== undefined && {
      tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: toolChoice },
    }),
  }
}

function formatOf({ outputFormat }: ProviderRequest): Partial<Field<'response_format'>> {
  if (!outputFormat) return {}
  if (outputFormat.type === 'json') return { response_format: { type: 'json_object' } }
  const { type: _type, ...schema } = outputFormat
  return { response_format: { type: 'json_schema', json_schema: schema } }
}

/** `top_k` is not OpenAI's own; servers that run a model themselves take it. */
function samplingOf({ temperature, topP, topK, frequencyPenalty, presencePenalty, seed }: ProviderRequest) {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
    ...(frequencyPenalty !== undefined && { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty !== undefined && { presence_penalty: presencePenalty }),
    ...(seed !== undefined && { seed }),
  }
}
