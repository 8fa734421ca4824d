import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Counts as Tokens, Piece } from '../piece.ts'
import { finishReasonOf } from './finish-reason.ts'

const Count = Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]))
const Counts = Type.Object({
  input_tokens: Count,
  cache_creation_input_tokens: Count,
  cache_read_input_tokens: Count,
  output_tokens: Count,
})
type Counts = Static<typeof Counts>

/** The least that an event must be; types that we don't know are allowed and say only that the provider is alive. */
const MessageEvent = Type.Object({
  type: Type.String(),
  message: Type.Optional(Type.Object({ usage: Type.Optional(Counts) })),
  delta: Type.Optional(
    Type.Object({
      type: Type.Optional(Type.String()),
      text: Type.Optional(Type.String()),
      stop_reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
  ),
  usage: Type.Optional(Counts),
})
const events = Compile(MessageEvent)

/** Reads an event as the SDK parsed it. */
export function readMessageEvent(event: unknown): Piece[] {
  if (!events.Check(event)) throw new GarbageError('An event of the answer is no message event')
  const { type, message, delta, usage } = event
  const pieces: Piece[] = []
  if (type === 'content_block_delta' && delta?.type === 'text_delta' && delta.text) {
    pieces.push({ type: 'text-delta', text: delta.text })
  }
  if (type === 'message_start' && message?.usage) pieces.push({ type: 'usage', counts: countsOf(message.usage, false) })
  if (type !== 'message_delta') return pieces
  if (usage) pieces.push({ type: 'usage', counts: countsOf(usage, true) })
  if (delta?.stop_reason) pieces.push({ type: 'finish', reason: finishReasonOf(delta.stop_reason) })
  return pieces
}

/** Input is what was sent, cached or not. At the start the output count is a placeholder; at the end it is the total. */
function countsOf(usage: Counts, isEnd: boolean): Tokens {
  const { input_tokens: fresh, cache_creation_input_tokens: written, cache_read_input_tokens: read } = usage
  return {
    ...(typeof fresh === 'number' && { inputTokens: fresh + (written ?? 0) + (read ?? 0) }),
    ...(isEnd && typeof usage.output_tokens === 'number' && { outputTokens: usage.output_tokens }),
  }
}
