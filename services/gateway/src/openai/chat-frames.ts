import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { cut } from '../conversations/run-events.ts'
import { publicFault } from '../edge/public-fault.ts'
import { frame } from '../event-stream/event-stream.ts'
import type { ChatEvent, ChatEvents } from './chat-event.ts'
import { chunkOf, type Delta, finishReasonOf, type Head, headOf, usageChunkOf } from './chat-response.ts'
import { openaiError } from './error-shape.ts'

const done = 'data: [DONE]\n\n'

/**
 * The frames of a streamed reply, once there is something to say: until the first content a failure is the result, so that it becomes an HTTP error.
 * After it, a failure is an error event, and `[DONE]` never comes.
 */
export async function openChatFrames(
  events: ChatEvents,
  options: { includeUsage: boolean },
): Promise<Result<AsyncGenerator<string>>> {
  const source = events[Symbol.asyncIterator]()
  let head: Head | undefined
  for (;;) {
    const next = await source.next()
    if (next.done) return fail(cut())
    if (!next.value.ok) return next.value
    const event = next.value.value
    if (event.type === 'start') head = headOf(event)
    else if (event.type !== 'restart') return head ? ok(chatFrames(head, event, source, options)) : fail(cut())
  }
}

async function* chatFrames(
  head: Head,
  first: ChatEvent,
  source: AsyncIterator<Result<ChatEvent>>,
  { includeUsage }: { includeUsage: boolean },
): AsyncGenerator<string> {
  const chunk = (delta: Delta, finishReason: string | null = null) =>
    frame(chunkOf(head, delta, finishReason, includeUsage))
  let said = false
  try {
    yield chunk({ role: 'assistant', content: '' })
    for (let event = first; ;) {
      switch (event.type) {
        case 'text':
          said = true
          yield chunk({ content: event.text })
          break
        case 'annotation':
          yield chunk({ annotations: [event.annotation] })
          break
        case 'restart':
          // What was sent can't be taken back on this wire.
          return yield failed(cut())
        case 'end': {
          const { whole, finishReason, usage } = event
          if (!said && whole) yield chunk({ content: whole.text, annotations: whole.annotations })
          yield chunk({}, finishReasonOf(finishReason))
          if (includeUsage) yield frame(usageChunkOf(head, usage))
          return yield done
        }
        case 'start':
          break
      }
      const next = await source.next()
      if (next.done) return yield failed(cut())
      if (!next.value.ok) return yield failed(next.value.fault)
      event = next.value.value
    }
  } finally {
    await source.return?.()
  }
}

const failed = (fault: Fault) => frame(openaiError(publicFault(fault)))
