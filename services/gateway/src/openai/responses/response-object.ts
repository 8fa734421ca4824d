import { randomUUID } from 'node:crypto'
import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { type Static, Type } from 'typebox'
import type { End, Kept, Start } from '../../compatible/answer-event.ts'
import type { WholeAnswer } from '../../compatible/whole-answer.ts'
import { KeptSchema } from '../../compatible/kept.ts'
import { OutputItem, outputItemOf, newItemId } from './output-items.ts'
import type { ResponseRequest } from './response-request.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const ResponseObject = Type.Object({
  id: Type.String(),
  object: Type.Literal('response'),
  created_at: Type.Integer({ description: 'Unix time in seconds.' }),
  status: Type.String({ description: '`completed`, `incomplete`, or within a stream `in_progress` or `failed`.' }),
  error: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
  incomplete_details: orNull(Type.Object({ reason: Type.String() })),
  model: Type.String(),
  output: Type.Array(OutputItem),
  usage: orNull(
    Type.Object({
      input_tokens: Type.Integer(),
      input_tokens_details: Type.Object({ cached_tokens: Type.Integer(), cache_write_tokens: Type.Integer() }),
      output_tokens: Type.Integer(),
      output_tokens_details: Type.Object({ reasoning_tokens: Type.Integer() }),
      total_tokens: Type.Integer(),
    }),
  ),
  instructions: orNull(Type.String()),
  max_output_tokens: orNull(Type.Integer()),
  metadata: Type.Record(Type.String(), Type.String()),
  parallel_tool_calls: Type.Boolean(),
  previous_response_id: Type.Null(),
  reasoning: Type.Object({ effort: orNull(Type.String()), summary: orNull(Type.String()) }),
  store: Type.Literal(false),
  temperature: orNull(Type.Number()),
  text: Type.Unknown(),
  tool_choice: Type.Unknown(),
  tools: Type.Array(Type.Unknown()),
  top_p: orNull(Type.Number()),
  truncation: Type.Literal('disabled'),
  tessera: Type.Optional(KeptSchema),
})
type ResponseObject = Static<typeof ResponseObject>

/** What every state of a response begins with: its own fields, and the request as it was understood. */
export type Head = Omit<ResponseObject, 'status' | 'error' | 'incomplete_details' | 'output' | 'usage'>

export const headOf = ({ id = newItemId(), model, kept }: Start, body: ResponseRequest): Head => ({
  id: `resp_${id}`,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  model,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  metadata: body.metadata ?? {},
  parallel_tool_calls: body.parallel_tool_calls ?? true,
  previous_response_id: null,
  reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
  store: false,
  temperature: body.temperature ?? null,
  text: body.text ?? { format: { type: 'text' } },
  tool_choice: body.tool_choice ?? 'auto',
  tools: (body.tools ?? []).map((tool) => ({ ...tool, strict: tool.strict ?? false })),
  top_p: body.top_p ?? null,
  truncation: 'disabled',
  ...withKept(kept),
})

const withKept = (kept: Kept | undefined) => (kept ? { tessera: kept } : {})

export const inProgress = (head: Head): ResponseObject => ({
  ...head,
  status: 'in_progress',
  ...{ error: null, incomplete_details: null, output: [], usage: null },
})

/** A response that came to its end; one that was cut at a limit or by a filter says so. */
export const ended = (
  head: Head,
  output: Static<typeof OutputItem>[],
  { finishReason, usage }: Pick<End, 'finishReason' | 'usage'>,
): ResponseObject => {
  const reason = incompleteReasons[finishReason]
  return {
    ...head,
    status: reason === undefined ? 'completed' : 'incomplete',
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    output,
    usage: usageOf(usage),
  }
}

export const failedResponse = (
  head: Head,
  output: Static<typeof OutputItem>[],
  error: { code: string; message: string },
): ResponseObject => ({
  ...head,
  status: 'failed',
  ...{ error, incomplete_details: null, output, usage: null },
})

const incompleteReasons: Partial<Record<FinishReason, string>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
}

const usageOf = (usage: Usage): NonNullable<ResponseObject['usage']> => ({
  input_tokens: usage.inputTokens,
  input_tokens_details: {
    cached_tokens: usage.cachedInputTokens ?? 0,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
  },
  output_tokens: usage.outputTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  total_tokens: usage.inputTokens + usage.outputTokens,
})

export const responseOf = ({ start, parts, end }: WholeAnswer, body: ResponseRequest): ResponseObject =>
  ended(
    headOf(start, body),
    parts.map((part) => outputItemOf(part, { id: randomUUID().replaceAll('-', ''), status: 'completed' })),
    end,
  )
