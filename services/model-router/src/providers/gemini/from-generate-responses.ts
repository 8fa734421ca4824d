import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Piece } from '../stream-completion.ts'
import { finishReasonOf } from './finish-reason.ts'

const Count = Type.Optional(Type.Integer({ minimum: 0 }))

/** The least that a response must be; what we read has to have the right type. */
const GenerateResponse = Type.Object({
  candidates: Type.Optional(
    Type.Array(
      Type.Object({
        content: Type.Optional(
          Type.Object({
            parts: Type.Optional(
              Type.Array(Type.Object({ text: Type.Optional(Type.String()), thought: Type.Optional(Type.Boolean()) })),
            ),
          }),
        ),
        finishReason: Type.Optional(Type.String()),
      }),
    ),
  ),
  promptFeedback: Type.Optional(Type.Object({ blockReason: Type.Optional(Type.String()) })),
  usageMetadata: Type.Optional(
    Type.Object({ promptTokenCount: Count, candidatesTokenCount: Count, thoughtsTokenCount: Count }),
  ),
})
type GenerateResponse = Static<typeof GenerateResponse>
const responses = Compile(GenerateResponse)
const expected = ['candidates', 'promptFeedback', 'usageMetadata']

/** Reads responses as the SDK parsed them. */
export async function* fromGenerateResponses(stream: AsyncIterable<unknown>): AsyncGenerator<Piece> {
  for await (const response of stream) {
    if (!responses.Check(response) || !expected.some((field) => field in response)) {
      throw new GarbageError('A part of the answer is no response of generateContent')
    }
    yield* piecesOf(response)
  }
}

function* piecesOf({ candidates, promptFeedback, usageMetadata }: GenerateResponse): Generator<Piece> {
  const candidate = candidates?.[0] // We never ask for more than one.
  const parts = candidate?.content?.parts ?? []
  const text = parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('')
  yield text === '' ? { type: 'alive' } : { type: 'text', text }
  if (candidate?.finishReason) yield { type: 'finish', reason: finishReasonOf(candidate.finishReason) }
  // A prompt that is blocked has no candidate at all.
  else if (promptFeedback?.blockReason) yield { type: 'finish', reason: 'content-filter' }
  if (usageMetadata) yield usageOf(usageMetadata)
}

/** Thinking is billed as output. Counts are running totals; output is left out until something was written. */
function usageOf(usage: NonNullable<GenerateResponse['usageMetadata']>): Piece {
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount } = usage
  return {
    type: 'usage',
    ...(promptTokenCount !== undefined && { inputTokens: promptTokenCount }),
    ...(candidatesTokenCount !== undefined && { outputTokens: candidatesTokenCount + (thoughtsTokenCount ?? 0) }),
  }
}
