import type { ChatCompletionStreamRequest, ResponseFormat } from '@mistralai/mistralai/models/components'
import type { ProviderRequest } from '../provider.ts'
import { toChatMessages } from './to-chat-messages.ts'

/** Our request as the SDK takes it. Usage comes unasked, in the last chunk. */
export function toChatRequest(request: ProviderRequest): ChatCompletionStreamRequest {
  const { model, messages, parallelToolCalls, outputFormat, reasoning, stop } = request
  return {
    model,
    messages: messages.flatMap(toChatMessages),
    ...toolsOf(request),
    ...samplingOf(request),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(outputFormat && { responseFormat: formatOf(outputFormat) }),
    ...(reasoning?.effort !== undefined && reasoning.effort !== 'max' && { reasoningEffort: reasoning.effort }),
    ...(stop !== undefined && stop.length > 0 && { stop: [...stop] }),
  }
}

function toolsOf({ tools, toolChoice }: ProviderRequest): Pick<ChatCompletionStreamRequest, 'tools' | 'toolChoice'> {
  return {
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...(toolChoice !== undefined && {
      toolChoice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: toolChoice },
    }),
  }
}

function formatOf(format: NonNullable<ProviderRequest['outputFormat']>): ResponseFormat {
  if (format.type === 'json') return { type: 'json_object' }
  const { type: _type, schema: schemaDefinition, ...named } = format
  return { type: 'json_schema', jsonSchema: { ...named, schemaDefinition } }
}

function samplingOf(request: ProviderRequest): Partial<ChatCompletionStreamRequest> {
  const { maxOutputTokens, temperature, topP, frequencyPenalty, presencePenalty, seed } = request
  return {
    ...(maxOutputTokens !== undefined && { maxTokens: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(seed !== undefined && { randomSeed: seed }),
  }
}
