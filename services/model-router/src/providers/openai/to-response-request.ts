import type {
  ResponseCreateParamsStreaming,
  ResponseIncludable,
  ResponseTextConfig,
} from 'openai/resources/responses/responses'
import type { ProviderRequest } from '../provider.ts'
import { toResponseItems } from './to-response-items.ts'

/** Our request as a streaming response. Nothing is stored there: what its reasoning needs to go on comes back with the answer. */
export function toResponseRequest(request: ProviderRequest): ResponseCreateParamsStreaming {
  const { model, messages, maxOutputTokens, temperature, topP, parallelToolCalls, reasoning, logprobs } = request
  const include: ResponseIncludable[] = ['reasoning.encrypted_content']
  return {
    model,
    input: messages.flatMap(toResponseItems),
    stream: true,
    store: false,
    include: logprobs ? [...include, 'message.output_text.logprobs'] : include,
    ...(reasoning && { reasoning: reasoningOf(reasoning) }),
    ...toolsOf(request),
    ...textOf(request),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(logprobs !== undefined && { top_logprobs: logprobs.top }),
  }
}

const reasoningOf = ({ effort, shown }: NonNullable<ProviderRequest['reasoning']>) => ({
  ...(effort !== undefined && { effort }),
  ...(shown === true && { summary: 'auto' as const }),
})

function toolsOf({ tools, toolChoice }: ProviderRequest): Pick<ResponseCreateParamsStreaming, 'tools' | 'tool_choice'> {
  return {
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', ...tool, strict: tool.strict ?? false })) }),
    ...(toolChoice !== undefined && {
      tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', ...toolChoice },
    }),
  }
}

function textOf({ outputFormat, verbosity }: ProviderRequest): { text?: ResponseTextConfig } {
  if (!outputFormat && verbosity === undefined) return {}
  return { text: { ...formatOf(outputFormat), ...(verbosity !== undefined && { verbosity }) } }
}

function formatOf(format: ProviderRequest['outputFormat']): Pick<ResponseTextConfig, 'format'> {
  if (!format) return {}
  if (format.type === 'json') return { format: { type: 'json_object' } }
  return { format: { ...format, type: 'json_schema' } }
}
