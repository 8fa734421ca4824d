import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import type { ProviderRequest } from '../provider.ts'
import { renderContent } from '../render-content.ts'
import type { Dialect } from './dialect.ts'

/** Our request as a streaming chat completion. */
export function toChatRequest(
  request: ProviderRequest,
  dialect: Dialect,
): ChatCompletionCreateParamsStreaming & { random_seed?: number } {
  const { model, messages, maxOutputTokens, temperature, topP, stop, seed } = request
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content: renderContent(content) })),
    stream: true,
    ...(dialect.asksForUsage && { stream_options: { include_usage: true } }),
    ...(maxOutputTokens !== undefined && { [dialect.maxTokensField]: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(seed !== undefined && { [dialect.seedField]: seed }),
  }
}
