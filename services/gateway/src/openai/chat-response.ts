import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { type Static, Type } from 'typebox'
import { Annotation } from './annotation.ts'
import type { ChatEvent, Kept } from './chat-event.ts'

const OpenaiUsage = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
})
const KeptSchema = Type.Object({
  conversation_id: Type.String(),
  message_id: Type.String(),
  run_id: Type.String(),
})

export const ChatCompletion = Type.Object({
  id: Type.String(),
  object: Type.Literal('chat.completion'),
  created: Type.Integer({ description: 'Unix time in seconds.' }),
  model: Type.String(),
  choices: Type.Array(
    Type.Object({
      index: Type.Integer(),
      message: Type.Object({
        role: Type.Literal('assistant'),
        content: Type.String(),
        refusal: Type.Null(),
        annotations: Type.Array(Annotation),
      }),
      logprobs: Type.Null(),
      finish_reason: Type.String(),
    }),
  ),
  usage: OpenaiUsage,
  tessera: Type.Optional(KeptSchema),
})

/** What every chunk and the whole reply begin with. */
export type Head = { id: string; created: number; model: string; tessera?: Kept }

export const headOf = ({ id, model, kept }: Extract<ChatEvent, { type: 'start' }>): Head => ({
  id,
  created: Math.floor(Date.now() / 1000),
  model,
  ...(kept && { tessera: kept }),
})

const finishReasons: Record<FinishReason, string> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-call': 'tool_calls',
  other: 'stop',
}
export const finishReasonOf = (reason: FinishReason) => finishReasons[reason]

export const usageOf = ({ inputTokens, outputTokens }: Static<typeof Usage>): Static<typeof OpenaiUsage> => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
})

export type Delta = { role?: 'assistant'; content?: string; annotations?: readonly Annotation[] }

/** One event of a streamed reply. With `include_usage` every chunk has `usage`, null but in the last. */
export const chunkOf = (head: Head, delta: Delta, finishReason: string | null, includeUsage: boolean) => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  ...(includeUsage && { usage: null }),
})

export const usageChunkOf = (head: Head, usage: Static<typeof Usage>) => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [],
  usage: usageOf(usage),
})
