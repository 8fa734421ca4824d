import assert from 'node:assert/strict'
import type { Shape, WireEvent } from './shape.ts'

type Block = { type: string; id?: string; name?: string; data?: string }
type Delta = {
  type?: string
  text?: string
  thinking?: string
  signature?: string
  partial_json?: string
  stop_reason?: string
  stop_sequence?: string | null
}
type Usage = { input_tokens: number; output_tokens: number; cache_read_input_tokens: number }
type Event = {
  type: string
  index?: number
  message?: { id: string; role: string; content: unknown[]; model: string }
  content_block?: Block
  delta?: Delta
  usage?: Usage
  error?: { type: string; code: string }
}

export const messageShape: Shape = {
  path: '/v1/messages',
  question: { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 },
  short,
  invariants(events) {
    const all = events.map(({ data }) => data as Event)
    assert.deepEqual(
      events.map(({ event }) => event),
      all.map(({ type }) => type),
    )
    // Blocks come one after the other: begun, written, stopped.
    let open: number | undefined
    let next = 0
    for (const { type, index } of all) {
      if (type === 'content_block_start') {
        assert.deepEqual([open, index], [undefined, next++])
        open = index
      } else if (type.startsWith('content_block')) assert.equal(index, open)
      if (type === 'content_block_stop') open = undefined
    }
    const isWhole = all.at(-1)?.type === 'message_stop'
    assert.equal(all.at(-1)?.type === 'error', !isWhole)
    if (isWhole) assert.equal(open, undefined)
  },
  errorIn(body) {
    const { type, error } = body as {
      type: string
      error: { type: string; code: string; param: unknown; message: unknown }
    }
    assert.equal(type, 'error')
    // Their clients act on the type; the code is ours.
    return { code: `${error.type} ${error.code}`, param: error.param, message: error.message }
  },
}

function short({ data }: WireEvent): string {
  const { type, index, content_block: block, delta, usage, error } = data as Event
  if (error) return `error ${error.type} ${error.code}`
  if (type === 'content_block_start')
    return `start ${index} ${[block?.type, block?.id, block?.name, block?.data].filter((part) => part !== undefined).join(' ')}`
  if (type === 'content_block_delta')
    return `${delta?.type?.replace('_delta', '')} ${delta?.text ?? delta?.thinking ?? delta?.signature ?? delta?.partial_json ?? ''}`
  if (type === 'content_block_stop') return `stop ${index}`
  if (type === 'message_delta') {
    const stop = delta?.stop_sequence ? `${delta.stop_reason} ${delta.stop_sequence}` : delta?.stop_reason
    return `${stop} ${usage?.input_tokens}+${usage?.output_tokens}`
  }
  return type
}
