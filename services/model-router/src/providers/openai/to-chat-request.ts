import type { ChatCompletionCreateParamsStreaming, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { ProviderRequest } from '../provider.ts'
import { textOfMessage } from '../prompt-of.ts'
import type { Dialect } from './dialect.ts'

/** Our request as a streaming chat completion. */
export function toChatRequest(
  request: ProviderRequest,
  dialect: Dialect,
): ChatCompletionCreateParamsStreaming & { random_seed?: number } {
  const { model, messages, maxOutputTokens, temperature, topP, stop, seed } = request
  return {
    model,
    messages: messages.map(toChatMessage),
    stream: true,
    ...(dialect.asksForUsage && { stream_options: { include_usage: true } }),
    ...(maxOutputTokens !== undefined && { [dialect.maxTokensField]: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(seed !== undefined && { [dialect.seedField]: seed }),
  }
}

function toChatMessage(message: PromptMessage): ChatCompletionMessageParam {
  const content = textOfMessage(message)
  return message.role === 'tool' ? { role: 'user', content } : { role: message.role, content }
}
