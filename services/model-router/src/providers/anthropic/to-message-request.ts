import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages'
import { RequestRefusedError } from '../failure.ts'
import { promptOf } from '../prompt-of.ts'
import type { ProviderRequest } from '../provider.ts'

/** The protocol has no default of its own; every model that it serves takes this much. */
const DEFAULT_MAX_OUTPUT_TOKENS = 8192

/** Our request as a streaming message. What the protocol has no place for is refused, not dropped. */
export function toMessageRequest(request: ProviderRequest): MessageCreateParamsStreaming {
  const { model, messages, maxOutputTokens, temperature, topP, stop, seed } = request
  if (seed !== undefined) throw new RequestRefusedError('This model takes no seed.')
  if (temperature !== undefined && temperature > 1) {
    throw new RequestRefusedError('This model takes a temperature of at most 1.')
  }
  const { system, turns } = promptOf(messages)
  return {
    model,
    stream: true,
    max_tokens: maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
    ...(system !== '' && { system }),
    // An answer that is to be continued may not end in white space.
    messages: turns.map(({ role, text }) => ({ role, content: role === 'assistant' ? text.trimEnd() : text })),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop !== undefined && stop.length > 0 && { stop_sequences: [...stop] }),
  }
}
