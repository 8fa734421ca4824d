import { randomUUID } from 'node:crypto'
import type { CompletionEvent, CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { ChatEvent } from './chat-event.ts'
import { type ChatRequest, maxTokensOf, roleOf, textOf } from './chat-request.ts'

/** A raw call of a model: nothing of ours is in the prompt, so it carries no decisions. */
export function completionOf(request: ChatRequest): CompletionRequest {
  const { model, messages, temperature, top_p: topP, stop, seed } = request
  const maxOutputTokens = maxTokensOf(request)
  return {
    model,
    messages: messages.map((message) => ({
      role: roleOf(message),
      content: [{ type: 'text', text: textOf(message) }],
    })),
    decisionIds: [],
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof seed === 'number' && { seed }),
    ...(stop !== undefined && stop !== null && { stop: typeof stop === 'string' ? [stop] : stop }),
  }
}

/** A completion as a chat. */
export async function* chatOfCompletion(
  events: AsyncIterable<Result<CompletionEvent>>,
): AsyncGenerator<Result<ChatEvent>> {
  for await (const result of events) {
    if (!result.ok) return yield result
    const event = result.value
    switch (event.type) {
      case 'start':
        yield ok({ type: 'start', id: `chatcmpl-${randomUUID()}`, model: event.model })
        break
      case 'text-delta':
      case 'refusal-delta':
        yield ok({ type: 'text', text: event.text })
        break
      case 'reasoning-delta':
      case 'reasoning-end':
      case 'tool-call-start':
      case 'tool-call-delta':
        // Nothing that this route takes asks for them.
        break
      case 'end':
        return yield ok({ type: 'end', finishReason: event.finishReason, usage: event.usage })
    }
  }
}
