import type { Start } from '../../compatible/answer-event.ts'
import type { Renderer, Said } from '../../compatible/frames.ts'
import { wentOnOf } from '../../compatible/went-on.ts'
import type { WholePart } from '../../compatible/whole-answer.ts'
import { frame } from '../../event-stream/event-stream.ts'
import { openaiError } from '../error-shape.ts'
import { contentOf, logprobsOf, newItemId, type OutputItem, outputItemOf, urlCitationOf } from './output-items.ts'
import { ended, failedResponse, headOf, inProgress } from './response-object.ts'
import type { ResponseRequest } from './response-request.ts'

/** The item that is being written, with what has come of it. */
type Open = { readonly id: string; readonly part: WholePart }

/** A streamed response: each thing that the model writes is an item, announced, written and closed before the next. */
export function createResponseRenderer(start: Start, body: ResponseRequest): Renderer {
  let head = headOf(start, body)
  const output: OutputItem[] = []
  let sequence = 0
  let open: Open | undefined

  const event = (type: string, fields: object) =>
    frame({ type, sequence_number: sequence++, ...fields }, { event: type })

  /** Where the open item stands, as its events say it. */
  const at = ({ id, part }: Open) => ({
    item_id: outputItemOf(part, { id, status: '' }).id,
    output_index: output.length,
  })

  function begin(part: WholePart): string {
    const closed = close()
    open = { id: newItemId(), part }
    const item = empty(outputItemOf(part, { id: open.id, status: 'in_progress' }))
    const added = event('response.output_item.added', { output_index: output.length, item })
    return closed + added + beginContent(open)
  }

  function beginContent(item: Open): string {
    const { part } = item
    if (part.type === 'text' || part.type === 'refusal')
      return event('response.content_part.added', { ...at(item), content_index: 0, part: contentOf(part) })
    if (part.type === 'reasoning' && part.hidden !== true)
      return event('response.reasoning_summary_part.added', {
        ...at(item),
        summary_index: 0,
        part: { type: 'summary_text', text: '' },
      })
    return ''
  }

  function close(): string {
    if (!open) return ''
    const done = endContent(open)
    const item = outputItemOf(open.part, { id: open.id, status: 'completed' })
    const closed = event('response.output_item.done', { output_index: output.length, item })
    output.push(item)
    open = undefined
    return done + closed
  }

  function endContent(item: Open): string {
    const { part } = item
    const place = { ...at(item), content_index: 0 }
    switch (part.type) {
      case 'text':
        return (
          event('response.output_text.done', { ...place, text: part.text, logprobs: logprobsOf(part.logprobs) }) +
          event('response.content_part.done', { ...place, part: contentOf(part) })
        )
      case 'refusal':
        return (
          event('response.refusal.done', { ...place, refusal: part.text }) +
          event('response.content_part.done', { ...place, part: contentOf(part) })
        )
      case 'tool-call':
        return event('response.function_call_arguments.done', {
          ...at(item),
          name: part.name,
          arguments: part.arguments,
        })
      case 'reasoning': {
        if (part.hidden === true) return ''
        const summary = { ...at(item), summary_index: 0 }
        return (
          event('response.reasoning_summary_text.done', { ...summary, text: part.text }) +
          event('response.reasoning_summary_part.done', { ...summary, part: { type: 'summary_text', text: part.text } })
        )
      }
    }
  }

  /** Goes on with the open item if it is of this kind, else begins one. */
  function within<T extends WholePart['type']>(type: T, create: () => Extract<WholePart, { type: T }>) {
    const isOpen = open?.part.type === type && !(open.part.type === 'reasoning' && open.part.seal !== undefined)
    const begun = isOpen ? '' : begin(create())
    const item = open as Open
    return { begun, item, part: item.part as Extract<WholePart, { type: T }> }
  }
  const text = () => within('text', () => ({ type: 'text', text: '', logprobs: [], annotations: [] }))

  function said(event_: Said): string {
    switch (event_.type) {
      case 'text-delta': {
        const { begun, item, part } = text()
        const { text: delta, logprobs = [] } = event_
        part.text += delta
        part.logprobs.push(...logprobs)
        const fields = { ...at(item), content_index: 0, delta, logprobs: logprobsOf(logprobs) }
        return begun + event('response.output_text.delta', fields)
      }
      case 'annotation': {
        const { begun, item, part } = text()
        const index = part.annotations.push(event_.annotation) - 1
        const fields = { annotation_index: index, annotation: urlCitationOf(event_.annotation) }
        return begun + event('response.output_text.annotation.added', { ...at(item), content_index: 0, ...fields })
      }
      case 'refusal-delta': {
        const { begun, item, part } = within('refusal', () => ({ type: 'refusal', text: '' }))
        part.text += event_.text
        return begun + event('response.refusal.delta', { ...at(item), content_index: 0, delta: event_.text })
      }
      case 'reasoning-delta': {
        const { begun, item, part } = within('reasoning', () => ({ type: 'reasoning', text: '' }))
        part.text += event_.text
        return (
          begun + event('response.reasoning_summary_text.delta', { ...at(item), summary_index: 0, delta: event_.text })
        )
      }
      case 'reasoning-end': {
        const { seal, hidden } = event_
        if (hidden === true) return begin({ type: 'reasoning', text: '', seal, hidden })
        const { begun, part } = within('reasoning', () => ({ type: 'reasoning', text: '' }))
        part.seal = seal
        return begun
      }
      case 'tool-call-start':
        return begin({ type: 'tool-call', id: event_.id, name: event_.name, arguments: '' })
      case 'tool-call-delta': {
        const item = open
        // The contract has a call begin before its arguments come.
        if (item?.part.type !== 'tool-call') return ''
        item.part.arguments += event_.arguments
        return event('response.function_call_arguments.delta', { ...at(item), delta: event_.arguments })
      }
    }
  }

  return {
    begin: () =>
      event('response.created', { response: inProgress(head) }) +
      event('response.in_progress', { response: inProgress(head) }),
    said,
    wentOn(other) {
      head = { ...head, model: other.model }
      return event('response.in_progress', { response: { ...inProgress(head), tessera: wentOnOf(other) } })
    },
    end(end) {
      const { whole } = end
      const unsaid =
        whole && !open && output.length === 0
          ? said({ type: 'text-delta', text: whole.text }) +
            whole.annotations.map((annotation) => said({ type: 'annotation', annotation })).join('')
          : ''
      const closed = unsaid + close()
      const response = ended(head, output, end)
      return closed + event(`response.${response.status}`, { response })
    },
    /** The state with what came of it, and then the event that their SDKs throw for. */
    failed(fault) {
      const { message, code, param } = openaiError(fault).error
      const partial = open ? [...output, outputItemOf(open.part, { id: open.id, status: 'incomplete' })] : output
      const response = failedResponse(head, partial, { code, message })
      return event('response.failed', { response }) + event('error', { code, message, param })
    },
  }
}

/** As it is announced, before anything stands in it. */
const empty = (item: OutputItem): OutputItem => (item.type === 'message' ? { ...item, content: [] } : item)
