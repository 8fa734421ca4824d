import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Counts, Piece } from '../piece.ts'
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

/** Reads a chunk as the SDK parsed it. It is JSON, but nobody has looked at its shape yet. */
export function readChatChunk(chunk: unknown): Piece[] {
  if (!chunks.Check(chunk) || !('choices' in chunk || 'usage' in chunk)) {
    throw new GarbageError('A chunk of the answer is no chat completion chunk')
  }
  const { choices, usage } = chunk
  const choice = choices?.[0] // We never ask for more than one.
  const pieces: Piece[] = []
  if (choice?.delta?.content) pieces.push({ type: 'text-delta', text: choice.delta.content })
  if (choice?.delta?.refusal) pieces.push({ type: 'refusal-delta', text: choice.delta.refusal })
  if (choice?.finish_reason) pieces.push({ type: 'finish', reason: finishReasonOf(choice.finish_reason) })
  if (usage) pieces.push({ type: 'usage', counts: countsOf(usage) })
  return pieces
}

const countsOf = ({ prompt_tokens: input, completion_tokens: output }: NonNullable<Chunk['usage']>): Counts => ({
  ...(typeof input === 'number' && { inputTokens: input }),
  ...(typeof output === 'number' && { outputTokens: output }),
})
