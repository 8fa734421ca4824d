import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Piece } from '../stream-completion.ts'
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
type MessageEvent = Static<typeof MessageEvent>
const events = Compile(MessageEvent)

/** Reads events as the SDK parsed them. */
export async function* fromMessageEvents(stream: AsyncIterable<unknown>): AsyncGenerator<Piece> {
  for await (const event of stream) {
    if (!events.Check(event)) throw new GarbageError('An event of the answer is no message event')
    yield* piecesOf(event)
  }
}

function* piecesOf(event: MessageEvent): Generator<Piece> {
  const isText = event.type === 'content_block_delta' && event.delta?.type === 'text_delta'
  yield isText && event.delta?.text ? { type: 'text', text: event.delta.text } : { type: 'alive' }
  if (event.type === 'message_start' && event.message?.usage) yield usageOf(event.message.usage, false)
  if (event.type !== 'message_delta') return
  if (event.usage) yield usageOf(event.usage, true)
  if (event.delta?.stop_reason) yield { type: 'finish', reason: finishReasonOf(event.delta.stop_reason) }
}

/** Input is what was sent, cached or not. At the start the output count is a placeholder; at the end it is the total. */
function usageOf(counts: Counts, isEnd: boolean): Piece {
  const { input_tokens: fresh, cache_creation_input_tokens: written, cache_read_input_tokens: read } = counts
  return {
    type: 'usage',
    ...(typeof fresh === 'number' && { inputTokens: fresh + (written ?? 0) + (read ?? 0) }),
    ...(isEnd && typeof counts.output_tokens === 'number' && { outputTokens: counts.output_tokens }),
  }
}
