import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Counts, Piece } from '../piece.ts'
import { ErrorInStream, StreamedError } from './error-in-stream.ts'
import { finishReasonOf } from './finish-reason.ts'
import { createCallOrder } from './order-calls.ts'
import { Logprobs, probabilitiesOf } from './token-probabilities.ts'
import { orNull } from '../or-null.ts'

const ToolCall = Type.Object({
  index: orNull(Type.Integer()),
  id: orNull(Type.String()),
  function: orNull(Type.Object({ name: orNull(Type.String()), arguments: orNull(Type.String()) })),
})

/** The least that a chunk must be. Compatible servers leave out and add much; what we read has to have the right type. */
const Chunk = Type.Object({
  choices: orNull(
    Type.Array(
      Type.Object({
        delta: orNull(
          Type.Object({
            content: orNull(Type.String()),
            refusal: orNull(Type.String()),
            // Two spellings of compatible servers; OpenAI itself shows no reasoning here.
            reasoning_content: orNull(Type.String()),
            reasoning: orNull(Type.String()),
            tool_calls: orNull(Type.Array(ToolCall)),
          }),
        ),
        logprobs: orNull(Logprobs),
        finish_reason: orNull(Type.String()),
      }),
    ),
  ),
  usage: orNull(
    Type.Object({
      prompt_tokens: orNull(Type.Integer({ minimum: 0 })),
      completion_tokens: orNull(Type.Integer({ minimum: 0 })),
      prompt_tokens_details: orNull(
        Type.Object({ cached_tokens: orNull(Type.Integer()), cache_write_tokens: orNull(Type.Integer()) }),
      ),
      completion_tokens_details: orNull(Type.Object({ reasoning_tokens: orNull(Type.Integer()) })),
    }),
  ),
  error: orNull(StreamedError),
})
type Chunk = Static<typeof Chunk>
const chunks = Compile(Chunk)

/** Reads the chunks of one answer. They are JSON, but nobody has looked at their shape yet. */
export function createChatReader(): (chunk: unknown) => Piece[] {
  const calls = createCallOrder()
  return (chunk) => {
    if (!chunks.Check(chunk) || !('choices' in chunk || 'usage' in chunk || 'error' in chunk)) {
      throw new GarbageError('A chunk of the answer is no chat completion chunk')
    }
    if (chunk.error) throw new ErrorInStream(chunk.error)
    const pieces: Piece[] = []
    const choice = chunk.choices?.[0] // We never ask for more than one.
    if (choice) {
      const { delta, logprobs, finish_reason: finish } = choice
      const reasoning = delta?.reasoning_content ?? delta?.reasoning
      if (reasoning || delta?.content || delta?.refusal) pieces.push(...calls.end())
      if (reasoning) pieces.push({ type: 'reasoning-delta', text: reasoning })
      if (delta?.content)
        pieces.push({ type: 'text-delta', text: delta.content, ...(logprobs && probabilitiesOf(logprobs)) })
      if (delta?.refusal) pieces.push({ type: 'refusal-delta', text: delta.refusal })
      for (const call of delta?.tool_calls ?? []) pieces.push(...calls.add(call))
      if (finish) pieces.push(...calls.end(), { type: 'finish', reason: finishReasonOf(finish) })
    }
    if (chunk.usage) pieces.push({ type: 'usage', counts: countsOf(chunk.usage) })
    return pieces
  }
}

function countsOf(usage: NonNullable<Chunk['usage']>): Counts {
  const { prompt_tokens_details: input, completion_tokens_details: output } = usage
  return {
    ...count('inputTokens', usage.prompt_tokens),
    ...count('outputTokens', usage.completion_tokens),
    ...count('cachedInputTokens', input?.cached_tokens),
    ...count('cacheWriteTokens', input?.cache_write_tokens),
    ...count('reasoningTokens', output?.reasoning_tokens),
  }
}

const count = (name: keyof Counts, value: number | null | undefined) =>
  typeof value === 'number' ? { [name]: value } : {}
