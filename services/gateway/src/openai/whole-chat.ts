import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { cut } from '../conversations/run-events.ts'
import type { Annotation } from './annotation.ts'
import type { ChatEvents } from './chat-event.ts'
import { type ChatCompletion, finishReasonOf, type Head, headOf, usageOf } from './chat-response.ts'

/** Reads a chat to its end, for a reply in one piece. */
export async function wholeChat(events: ChatEvents): Promise<Result<Static<typeof ChatCompletion>>> {
  let head: Head | undefined
  let content = ''
  let annotations: Annotation[] = []
  for await (const result of events) {
    if (!result.ok) return result
    const event = result.value
    switch (event.type) {
      case 'start':
        head = headOf(event)
        break
      case 'text':
        content += event.text
        break
      case 'annotation':
        annotations.push(event.annotation)
        break
      case 'restart':
        content = ''
        annotations = []
        break
      case 'end': {
        if (!head) return fail(cut())
        const { finishReason, usage, whole } = event
        const told = whole ? { content: whole.text, annotations: [...whole.annotations] } : { content, annotations }
        const message = { role: 'assistant' as const, ...told, refusal: null }
        return ok({
          ...head,
          object: 'chat.completion',
          choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasonOf(finishReason) }],
          usage: usageOf(usage),
        })
      }
    }
  }
  return fail(cut())
}
