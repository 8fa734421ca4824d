import assert from 'node:assert/strict'
import type { Shape, WireEvent } from './shape.ts'

type Call = { index: number; id?: string; function: { name?: string; arguments?: string } }
type Delta = {
  role?: string
  content?: string
  refusal?: string
  reasoning_content?: string
  reasoning_details?: { type: string }[]
  tool_calls?: Call[]
}
type Choice = {
  delta: Delta
  finish_reason: string | null
  logprobs: { content: { token: string; top_logprobs: unknown[] }[] } | null
}
type Chunk = {
  id: string
  object: string
  created: number
  model: string
  choices: Choice[]
  usage?: { prompt_tokens: number; completion_tokens: number } | null
  error?: { code: string; message: string; param: string | null }
}

export const chatShape: Shape = {
  path: '/v1/chat/completions',
  question: { messages: [{ role: 'user', content: 'Hi' }] },
  short,
  invariants(events) {
    const chunks = events.filter(({ data }) => data !== '[DONE]').map(({ data }) => data as Chunk)
    const whole = chunks.filter(({ error }) => !error)
    for (const key of ['id', 'created', 'model', 'object'] as const)
      assert.equal(new Set(whole.map((chunk) => chunk[key])).size, 1, key)
    assert.ok(whole.every(({ object }) => object === 'chat.completion.chunk'))
    assert.ok(events.every(({ event }) => event === undefined))
    // An error and a clean end never meet.
    assert.equal(events.at(-1)?.data === '[DONE]', chunks.length === whole.length)
  },
  errorIn: (body) => (body as { error: { code: unknown; param: unknown; message: unknown } }).error,
}

function short({ data }: WireEvent): string {
  if (data === '[DONE]') return 'done'
  const { choices, usage, error } = data as Chunk
  if (error) return `error ${error.code}`
  const [choice] = choices
  if (!choice) return usage ? `usage ${usage.prompt_tokens}+${usage.completion_tokens}` : 'nothing'
  const { delta, finish_reason: finish, logprobs } = choice
  const probable = logprobs
    ? ` ~${logprobs.content.map(({ token, top_logprobs: top }) => `${token}/${top.length}`).join()}`
    : ''
  if (finish !== null) return `finish ${finish}`
  if (delta.role) return delta.role
  if (delta.content !== undefined) return `text ${delta.content}${probable}`
  if (delta.refusal !== undefined) return `refusal ${delta.refusal}`
  if (delta.reasoning_content !== undefined) return `reasoning ${delta.reasoning_content}`
  if (delta.reasoning_details) return `sealed ${delta.reasoning_details.map(({ type }) => type).join()}`
  const [called] = delta.tool_calls ?? []
  if (called?.function.name !== undefined) return `call ${called.index} ${called.id} ${called.function.name}`
  return called ? `args ${called.index} ${called.function.arguments}` : `? ${JSON.stringify(delta)}`
}
