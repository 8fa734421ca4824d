import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import type { Counts, Piece } from '../piece.ts'
import { ErrorInStream, StreamedError } from './error-in-stream.ts'
import { orNull } from '../or-null.ts'
import { sealReasoning } from './sealed-reasoning.ts'
import { Probabilities, toTokenProbabilities } from './token-probabilities.ts'

const Tokens = orNull(Type.Integer({ minimum: 0 }))

/** The least that an event must be; types that we don't know are allowed and say only that the provider is alive. */
const ResponseEvent = Type.Object({
  ...StreamedError.properties,
  type: Type.String(),
  delta: Type.Optional(Type.Unknown()),
  logprobs: orNull(Probabilities),
  summary_index: orNull(Type.Integer()),
  item: orNull(
    Type.Object({
      type: Type.String(),
      id: orNull(Type.String()),
      call_id: orNull(Type.String()),
      name: orNull(Type.String()),
      encrypted_content: orNull(Type.String()),
      summary: orNull(Type.Array(Type.Unknown())),
    }),
  ),
  response: orNull(
    Type.Object({
      incomplete_details: orNull(Type.Object({ reason: orNull(Type.String()) })),
      error: orNull(StreamedError),
      usage: orNull(
        Type.Object({
          input_tokens: Tokens,
          output_tokens: Tokens,
          input_tokens_details: orNull(Type.Object({ cached_tokens: Tokens, cache_write_tokens: Tokens })),
          output_tokens_details: orNull(Type.Object({ reasoning_tokens: Tokens })),
        }),
      ),
    }),
  ),
})
type ResponseEvent = Static<typeof ResponseEvent>
const events = Compile(ResponseEvent)

/** Reads an event of the responses API. */
export function readResponseEvent(event: unknown): Piece[] {
  if (!events.Check(event)) throw new GarbageError('An event of the answer is no event of a response')
  switch (event.type) {
    case 'response.output_text.delta': {
      const { logprobs } = event
      const probable = logprobs && logprobs.length > 0 ? { logprobs: toTokenProbabilities(logprobs) } : {}
      return [{ type: 'text-delta', text: deltaOf(event), ...probable }]
    }
    case 'response.refusal.delta':
      return [{ type: 'refusal-delta', text: deltaOf(event) }]
    case 'response.reasoning_summary_part.added':
      return event.summary_index ? [{ type: 'reasoning-delta', text: '\n\n' }] : []
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      return [{ type: 'reasoning-delta', text: deltaOf(event) }]
    case 'response.output_item.added':
      return beginOf(event)
    case 'response.function_call_arguments.delta':
      return [{ type: 'tool-call-delta', arguments: deltaOf(event) }]
    case 'response.output_item.done':
      return endOf(event)
    case 'response.completed':
    case 'response.incomplete':
      return [...usageOf(event), { type: 'finish', reason: finishReasonOf(event) }]
    case 'response.failed':
      throw new ErrorInStream(event.response?.error ?? {})
    case 'error':
      throw new ErrorInStream({ code: event.code ?? null, param: event.param ?? null })
    default:
      return []
  }
}

function deltaOf({ delta }: ResponseEvent): string {
  if (typeof delta !== 'string') throw new GarbageError('A delta of the answer is no text')
  return delta
}

function beginOf({ item }: ResponseEvent): Piece[] {
  if (item?.type !== 'function_call') return []
  if (!item.call_id || !item.name) throw new GarbageError('A tool call of the answer has no id or no name')
  return [{ type: 'tool-call-start', id: item.call_id, name: item.name }]
}

function endOf({ item }: ResponseEvent): Piece[] {
  if (item?.type !== 'reasoning' || !item.id || !item.encrypted_content) return []
  const isHidden = (item.summary ?? []).length === 0
  const seal = sealReasoning(item.id, item.encrypted_content)
  return [{ type: 'reasoning-end', seal, ...(isHidden && { hidden: true }) }]
}

function finishReasonOf({ type, response }: ResponseEvent): 'stop' | 'length' | 'content-filter' | 'other' {
  if (type === 'response.completed') return 'stop'
  switch (response?.incomplete_details?.reason) {
    case 'max_output_tokens':
      return 'length'
    case 'content_filter':
      return 'content-filter'
    default:
      return 'other'
  }
}

function usageOf({ response }: ResponseEvent): Piece[] {
  const { usage } = response ?? {}
  if (!usage) return []
  const { input_tokens_details: input, output_tokens_details: output } = usage
  const counts: Counts = {
    ...(typeof usage.input_tokens === 'number' && { inputTokens: usage.input_tokens }),
    ...(typeof usage.output_tokens === 'number' && { outputTokens: usage.output_tokens }),
    ...(input?.cached_tokens && { cachedInputTokens: input.cached_tokens }),
    ...(input?.cache_write_tokens && { cacheWriteTokens: input.cache_write_tokens }),
    ...(output?.reasoning_tokens && { reasoningTokens: output.reasoning_tokens }),
  }
  return [{ type: 'usage', counts }]
}
