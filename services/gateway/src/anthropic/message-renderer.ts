import type { Start } from '../compatible/answer-event.ts'
import type { Renderer, Said } from '../compatible/frames.ts'
import { wentOnOf } from '../compatible/went-on.ts'
import { frame } from '../event-stream/event-stream.ts'
import { anthropicError } from './error-shape.ts'
import { headOf, searchResultOf, stopOf, usageOf } from './message-response.ts'

type BlockType = 'text' | 'thinking' | 'tool_use'

/** A streamed message: blocks, each begun, written and stopped before the next. */
export function createMessageRenderer(start: Start, requestId: string): Renderer {
  let index = -1
  let open: BlockType | undefined
  let said = false
  let tessera: ReturnType<typeof wentOnOf> | undefined

  const event = (type: string, fields: object) => frame({ type, ...fields }, { event: type })
  const delta = (delta: object) => event('content_block_delta', { index, delta })

  function begin(type: BlockType | undefined, block: object): string {
    const stopped = stop()
    index++
    open = type
    return stopped + event('content_block_start', { index, content_block: block })
  }

  function stop(): string {
    const stopped = open ? event('content_block_stop', { index }) : ''
    open = undefined
    return stopped
  }

  const within = (type: 'text' | 'thinking', block: object) => (open === type ? '' : begin(type, block))
  const text = () => within('text', { type: 'text', text: '', citations: null })
  const thinking = () => within('thinking', { type: 'thinking', thinking: '', signature: '' })

  function render(event_: Said): string {
    switch (event_.type) {
      case 'text-delta':
      case 'refusal-delta':
        said = true
        return text() + delta({ type: 'text_delta', text: event_.text })
      case 'annotation':
        return text() + delta({ type: 'citations_delta', citation: searchResultOf(event_.annotation) })
      case 'reasoning-delta':
        return thinking() + delta({ type: 'thinking_delta', thinking: event_.text })
      case 'reasoning-end': {
        const { seal, hidden } = event_
        if (hidden !== true) return thinking() + delta({ type: 'signature_delta', signature: seal }) + stop()
        const begun = begin('thinking', { type: 'redacted_thinking', data: seal })
        return begun + stop()
      }
      case 'tool-call-start': {
        const { id, name } = event_
        return begin('tool_use', { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } })
      }
      case 'tool-call-delta':
        return delta({ type: 'input_json_delta', partial_json: event_.arguments })
    }
  }

  return {
    begin: () =>
      event('message_start', {
        message: {
          ...headOf(start),
          content: [],
          ...{ stop_reason: null, stop_sequence: null },
          // Known at the end, and told there.
          usage: usageOf({ inputTokens: 0, outputTokens: 0, estimated: true }),
        },
      }),
    said: render,
    // Their SDKs pass over what they don't know, so it stands in the end, too.
    wentOn(other) {
      tessera = wentOnOf(other)
      return event('ping', { tessera })
    },
    end(end) {
      const { whole } = end
      const unsaid =
        !said && whole
          ? render({ type: 'text-delta', text: whole.text }) +
            whole.annotations.map((annotation) => render({ type: 'annotation', annotation })).join('')
          : ''
      return (
        unsaid +
        stop() +
        event('message_delta', { delta: stopOf(end), usage: usageOf(end.usage), ...(tessera && { tessera }) }) +
        event('message_stop', {})
      )
    },
    failed: (fault) => frame(anthropicError(fault, requestId), { event: 'error' }),
  }
}
