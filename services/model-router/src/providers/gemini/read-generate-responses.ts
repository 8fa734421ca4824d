import { randomUUID } from 'node:crypto'
import type { TokenProbability } from '@tessera/shared/contracts/model-router/completion'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Counts, Piece } from '../piece.ts'
import { finishReasonOf } from './finish-reason.ts'
import { seal } from './seal.ts'

const Count = Type.Optional(Type.Integer({ minimum: 0 }))
const Probable = Type.Object({ token: Type.Optional(Type.String()), logProbability: Type.Optional(Type.Number()) })

const Part = Type.Object({
  text: Type.Optional(Type.String()),
  thought: Type.Optional(Type.Boolean()),
  thoughtSignature: Type.Optional(Type.String()),
  functionCall: Type.Optional(
    Type.Object({
      id: Type.Optional(Type.String()),
      name: Type.Optional(Type.String()),
      args: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ),
})
type Part = Static<typeof Part>

/** The least that a response must be; what we read has to have the right type. */
const GenerateResponse = Type.Object({
  candidates: Type.Optional(
    Type.Array(
      Type.Object({
        content: Type.Optional(Type.Object({ parts: Type.Optional(Type.Array(Part)) })),
        finishReason: Type.Optional(Type.String()),
        logprobsResult: Type.Optional(
          Type.Object({
            chosenCandidates: Type.Optional(Type.Array(Probable)),
            topCandidates: Type.Optional(Type.Array(Type.Object({ candidates: Type.Optional(Type.Array(Probable)) }))),
          }),
        ),
      }),
    ),
  ),
  promptFeedback: Type.Optional(Type.Object({ blockReason: Type.Optional(Type.String()) })),
  usageMetadata: Type.Optional(
    Type.Object({
      promptTokenCount: Count,
      candidatesTokenCount: Count,
      thoughtsTokenCount: Count,
      cachedContentTokenCount: Count,
    }),
  ),
})
type GenerateResponse = Static<typeof GenerateResponse>
type Candidate = NonNullable<GenerateResponse['candidates']>[number]
const responses = Compile(GenerateResponse)
const expected = ['candidates', 'promptFeedback', 'usageMetadata'] as const

/** Reads a response as the SDK parsed it. */
export function readGenerateResponse(response: unknown): Piece[] {
  if (!responses.Check(response) || expected.every((field) => response[field] === undefined)) {
    throw new GarbageError('A part of the answer is no response of generateContent')
  }
  const { candidates, promptFeedback, usageMetadata } = response
  const candidate = candidates?.[0] // We never ask for more than one.
  const pieces = (candidate?.content?.parts ?? []).flatMap(piecesOf)
  if (candidate) addProbabilities(pieces, candidate)
  if (candidate?.finishReason) pieces.push({ type: 'finish', reason: finishReasonOf(candidate.finishReason) })
  // A prompt that is blocked has no candidate at all.
  else if (promptFeedback?.blockReason) pieces.push({ type: 'finish', reason: 'content-filter' })
  if (usageMetadata) pieces.push({ type: 'usage', counts: countsOf(usageMetadata) })
  return pieces
}

/** A signature on a call has to come back with it; one on a text may be lost, and is. */
function piecesOf({ text, thought, thoughtSignature, functionCall }: Part): Piece[] {
  if (functionCall) {
    const { id, name, args = {} } = functionCall
    if (!name) throw new GarbageError('A tool call of the answer has no name')
    return [
      ...(thoughtSignature ? [{ type: 'reasoning-end' as const, seal: seal(thoughtSignature), hidden: true }] : []),
      { type: 'tool-call-start', id: id || `call_${randomUUID().replaceAll('-', '')}`, name },
      { type: 'tool-call-delta', arguments: JSON.stringify(args) },
    ]
  }
  if (!text) return []
  return [thought === true ? { type: 'reasoning-delta', text } : { type: 'text-delta', text }]
}

/** They come for a response as a whole, not for its parts. */
function addProbabilities(pieces: Piece[], { logprobsResult }: Candidate): void {
  const { chosenCandidates = [], topCandidates = [] } = logprobsResult ?? {}
  const at = pieces.findIndex(({ type }) => type === 'text-delta')
  const piece = pieces[at]
  if (chosenCandidates.length === 0 || piece?.type !== 'text-delta') return
  const logprobs = chosenCandidates.map((chosen, index) => ({
    ...probabilityOf(chosen),
    top: (topCandidates[index]?.candidates ?? []).map(probabilityOf),
  }))
  pieces[at] = { ...piece, logprobs: logprobs satisfies TokenProbability[] }
}

const probabilityOf = ({ token = '', logProbability = 0 }: Static<typeof Probable>) => ({
  token,
  logprob: logProbability,
})

/** Thinking is billed as output. Counts are running totals; output is left out until something was written. */
function countsOf(usage: NonNullable<GenerateResponse['usageMetadata']>): Counts {
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, cachedContentTokenCount } = usage
  return {
    ...(promptTokenCount !== undefined && { inputTokens: promptTokenCount }),
    ...((candidatesTokenCount !== undefined || thoughtsTokenCount !== undefined) && {
      outputTokens: (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0),
    }),
    ...(cachedContentTokenCount && { cachedInputTokens: cachedContentTokenCount }),
    ...(thoughtsTokenCount && { reasoningTokens: thoughtsTokenCount }),
  }
}
