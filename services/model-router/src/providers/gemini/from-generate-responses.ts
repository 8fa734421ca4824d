import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Counts, Piece } from '../piece.ts'
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

/** Reads a response as the SDK parsed it. */
export function readGenerateResponse(response: unknown): Piece[] {
  if (!responses.Check(response) || !expected.some((field) => field in response)) {
    throw new GarbageError('A part of the answer is no response of generateContent')
  }
  const { candidates, promptFeedback, usageMetadata } = response
  const candidate = candidates?.[0] // We never ask for more than one.
  const parts = candidate?.content?.parts ?? []
  const text = parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('')
  const pieces: Piece[] = text === '' ? [] : [{ type: 'text-delta', text }]
  if (candidate?.finishReason) pieces.push({ type: 'finish', reason: finishReasonOf(candidate.finishReason) })
  // A prompt that is blocked has no candidate at all.
  else if (promptFeedback?.blockReason) pieces.push({ type: 'finish', reason: 'content-filter' })
  if (usageMetadata) pieces.push({ type: 'usage', counts: countsOf(usageMetadata) })
  return pieces
}

/** Thinking is billed as output. Counts are running totals; output is left out until something was written. */
function countsOf(usage: NonNullable<GenerateResponse['usageMetadata']>): Counts {
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount } = usage
  return {
    ...(promptTokenCount !== undefined && { inputTokens: promptTokenCount }),
    ...((candidatesTokenCount !== undefined || thoughtsTokenCount !== undefined) && {
      outputTokens: (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0),
    }),
  }
}
