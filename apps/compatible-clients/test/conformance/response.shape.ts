import assert from 'node:assert/strict'
import type { Shape, WireEvent } from './shape.ts'

type Item = { id: string; type: string; call_id?: string; name?: string; encrypted_content?: string }
type Usage = { input_tokens: number; output_tokens: number }
type Response = {
  id: string
  object: string
  status: string
  output: Item[]
  error: { code: string } | null
  incomplete_details: { reason: string } | null
  usage: Usage | null
}
type Event = {
  type: string
  sequence_number: number
  output_index?: number
  item_id?: string
  item?: Item
  part?: { type: string }
  delta?: string
  text?: string
  refusal?: string
  arguments?: string
  logprobs?: { token: string; top_logprobs: unknown[] }[]
  response?: Response
  code?: string
}

export const responseShape: Shape = {
  path: '/v1/responses',
  question: { input: 'Hi' },
  short,
  invariants(events) {
    const all = events.map(({ data }) => data as Event)
    assert.deepEqual(
      all.map(({ sequence_number: number }) => number),
      all.map((_event, index) => index),
    )
    assert.deepEqual(
      events.map(({ event }) => event),
      all.map(({ type }) => type),
    )
    assert.equal(new Set(all.flatMap(({ response }) => response?.id ?? [])).size, 1)
    // Items are numbered one by one, and each event of one names it.
    const added = all.filter(({ type }) => type === 'response.output_item.added')
    assert.deepEqual(
      added.map(({ output_index: index }) => index),
      added.map((_event, index) => index),
    )
    for (const { output_index: index, item_id: id } of all)
      if (id !== undefined) assert.equal(id, added[index ?? -1]?.item?.id)
    const last = all.findLast(({ response }) => response)?.response
    assert.deepEqual(
      last?.output.map(({ id }) => id),
      added.map(({ item }) => item?.id),
    )
    assert.equal(all.at(-1)?.type === 'error', last?.status === 'failed')
  },
  errorIn: (body) => (body as { error: { code: unknown; param: unknown; message: unknown } }).error,
}

const shownItem = ({ type, call_id: id, name, encrypted_content: sealed }: Item) =>
  [type, id, name, sealed === undefined ? undefined : 'sealed'].filter((part) => part !== undefined).join(' ')

function short({ data }: WireEvent): string {
  const event = data as Event
  const type = event.type.replace(/^response\./, '')
  const { response, item, part, logprobs = [] } = event
  if (type === 'error') return `error ${event.code}`
  if (response) {
    const { error, incomplete_details: details, usage, output } = response
    if (type === 'created' || type === 'in_progress') return type
    const why = error?.code ?? details?.reason
    return [type, why, usage && `${usage.input_tokens}+${usage.output_tokens}`, output.map((one) => one.type).join()]
      .filter((shown) => shown)
      .join(' ')
  }
  if (item) return `${type} ${shownItem(item)}`
  if (part) return `${type} ${part.type}`
  const probable = logprobs.length > 0 && type.endsWith('delta') ? ` ~${logprobs.map(({ token }) => token).join()}` : ''
  return `${type} ${event.delta ?? event.text ?? event.refusal ?? event.arguments ?? ''}${probable}`
}
