import type { Start } from '../../compatible/answer-event.ts'
import type { Renderer, Said } from '../../compatible/frames.ts'
import { wentOnOf } from '../../compatible/went-on.ts'
import { frame } from '../../event-stream/event-stream.ts'
import { openaiError } from '../error-shape.ts'
import { chatAnnotationOf, finishReasonOf, headOf, logprobsOf, reasoningDetailOf, usageOf } from './chat-response.ts'

const done = 'data: [DONE]\n\n'

/** A streamed chat completion. With `include_usage` every chunk has `usage`, null but in the last. */
export function createChatRenderer(start: Start, { includeUsage }: { includeUsage: boolean }): Renderer {
  let head = { ...headOf(start), object: 'chat.completion.chunk' }
  // Chunks differ in a few characters, so what they share is written once.
  const beforeOf = () => `data: ${JSON.stringify(head).slice(0, -1)},"choices":[{"index":0,"delta":`
  let before = beforeOf()
  const after = includeUsage ? '}],"usage":null}\n\n' : '}]}\n\n'
  let said = false
  let calls = -1
  let reasoning = ''

  const chunk = (delta: object, logprobs: object | null = null, finishReason: string | null = null) =>
    `${before}${JSON.stringify(delta)},"logprobs":${JSON.stringify(logprobs)},"finish_reason":${JSON.stringify(finishReason)}${after}`

  function render(event: Said): string {
    switch (event.type) {
      case 'text-delta':
        said = true
        return chunk({ content: event.text }, event.logprobs ? logprobsOf(event.logprobs) : null)
      case 'reasoning-delta':
        reasoning += event.text
        return chunk({ reasoning_content: event.text })
      case 'reasoning-end': {
        const detail = reasoningDetailOf({ ...event, text: reasoning })
        if (event.hidden !== true) reasoning = ''
        return chunk({ reasoning_details: [detail] })
      }
      case 'refusal-delta':
        return chunk({ refusal: event.text })
      case 'tool-call-start': {
        calls++
        const { id, name } = event
        return chunk({ tool_calls: [{ index: calls, id, type: 'function', function: { name, arguments: '' } }] })
      }
      case 'tool-call-delta':
        return chunk({ tool_calls: [{ index: calls, function: { arguments: event.arguments } }] })
      case 'annotation':
        return chunk({ annotations: [chatAnnotationOf(event.annotation)] })
    }
  }

  return {
    begin: () => chunk({ role: 'assistant', content: '' }),
    said: render,
    wentOn(other) {
      head = { ...head, model: other.model }
      before = beforeOf()
      return frame({ ...head, choices: [], tessera: wentOnOf(other) })
    },
    end({ whole, finishReason, usage }) {
      const unsaid =
        !said && whole ? chunk({ content: whole.text, annotations: whole.annotations.map(chatAnnotationOf) }) : ''
      const counted = includeUsage ? frame({ ...head, choices: [], usage: usageOf(usage) }) : ''
      return `${unsaid}${chunk({}, null, finishReasonOf(finishReason))}${counted}${done}`
    },
    failed: (fault) => frame(openaiError(fault)),
  }
}
