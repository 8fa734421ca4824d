import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Piece } from '../stream-completion.ts'
import { finishReasonOf } from './finish-reason.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))

/** The least that a chunk must be. Compatible servers leave out and add much; what we read has to have the right type. */
const Chunk = Type.Object({
  choices: orNull(
    Type.Array(
      Type.Object({
        delta: orNull(Type.Object({ content: orNull(Type.String()), refusal: orNull(Type.String()) })),
        finish_reason: orNull(Type.String()),
      }),
    ),
  ),
  usage: orNull(
    Type.Object({
      prompt_tokens: orNull(Type.Integer({ minimum: 0 })),
      completion_tokens: orNull(Type.Integer({ minimum: 0 })),
    }),
  ),
})
type Chunk = Static<typeof Chunk>
const chunks = Compile(Chunk)

/** Reads chunks as the SDK parsed them. They are JSON, but nobody has looked at their shape yet. */
export async function* fromChatChunks(stream: AsyncIterable<unknown>): AsyncGenerator<Piece> {
  for await (const chunk of stream) {
    if (!chunks.Check(chunk) || !('choices' in chunk || 'usage' in chunk)) {
      throw new GarbageError('A chunk of the answer is no chat completion chunk')
    }
    yield* piecesOf(chunk)
  }
}

function* piecesOf({ choices, usage }: Chunk): Generator<Piece> {
  const choice = choices?.[0] // We never ask for more than one.
  const text = choice?.delta?.content ?? choice?.delta?.refusal
  yield text ? { type: 'text', text } : { type: 'alive' }
  if (choice?.finish_reason) yield { type: 'finish', reason: finishReasonOf(choice.finish_reason) }
  if (usage) {
    yield {
      type: 'usage',
      ...(typeof usage.prompt_tokens === 'number' && { inputTokens: usage.prompt_tokens }),
      ...(typeof usage.completion_tokens === 'number' && { outputTokens: usage.completion_tokens }),
    }
  }
}
