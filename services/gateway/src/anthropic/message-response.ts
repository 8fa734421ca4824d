import { randomUUID } from 'node:crypto'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { type Static, Type } from 'typebox'
import type { End, Kept, Start } from '../compatible/answer-event.ts'
import { type Annotation, OwnCitation } from '../compatible/annotation.ts'
import { KeptSchema } from '../compatible/kept.ts'
import type { WholeAnswer, WholePart } from '../compatible/whole-answer.ts'

const SearchResult = Type.Object({
  type: Type.Literal('search_result_location'),
  source: Type.String({ description: "The document's own address, else the path of GET /v1/citations/{id}." }),
  title: Type.String(),
  cited_text: Type.String(),
  search_result_index: Type.Integer(),
  start_block_index: Type.Integer(),
  end_block_index: Type.Integer(),
  tessera: OwnCitation,
})

const Block = Type.Union([
  Type.Object({
    type: Type.Literal('text'),
    text: Type.String(),
    citations: Type.Union([Type.Array(SearchResult), Type.Null()]),
  }),
  Type.Object({ type: Type.Literal('thinking'), thinking: Type.String(), signature: Type.String() }),
  Type.Object({ type: Type.Literal('redacted_thinking'), data: Type.String() }),
  Type.Object({
    type: Type.Literal('tool_use'),
    id: Type.String(),
    name: Type.String(),
    input: Type.Record(Type.String(), Type.Unknown()),
    caller: Type.Object({ type: Type.Literal('direct') }),
  }),
])
export type Block = Static<typeof Block>

const MessageUsage = Type.Object({
  input_tokens: Type.Integer({ description: 'Without those of a cache.' }),
  cache_creation_input_tokens: Type.Integer(),
  cache_read_input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  output_tokens_details: Type.Object({ thinking_tokens: Type.Integer() }),
})

export const Message = Type.Object({
  id: Type.String(),
  type: Type.Literal('message'),
  role: Type.Literal('assistant'),
  model: Type.String(),
  content: Type.Array(Block),
  stop_reason: Type.Union([Type.String(), Type.Null()]),
  stop_sequence: Type.Union([Type.String(), Type.Null()]),
  usage: MessageUsage,
  tessera: Type.Optional(KeptSchema),
})

/** What the whole reply and the start of a stream begin with. */
export const headOf = ({ id = randomUUID().replaceAll('-', ''), model, kept }: Start) => ({
  id: `msg_${id}`,
  type: 'message' as const,
  role: 'assistant' as const,
  model,
  ...withKept(kept),
})

const withKept = (kept: Kept | undefined) => (kept ? { tessera: kept } : {})

export const usageOf = (usage: Usage): Static<typeof MessageUsage> => {
  const { inputTokens, outputTokens, cachedInputTokens: read = 0, cacheWriteTokens: written = 0 } = usage
  return {
    input_tokens: Math.max(0, inputTokens - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens ?? 0 },
  }
}

export function stopOf({ finishReason, stopText }: Pick<End, 'finishReason' | 'stopText'>) {
  const stop_sequence = stopText ?? null
  switch (finishReason) {
    case 'length':
      return { stop_reason: 'max_tokens', stop_sequence }
    case 'tool-call':
      return { stop_reason: 'tool_use', stop_sequence }
    case 'content-filter':
      return { stop_reason: 'refusal', stop_sequence }
    case 'stop':
    case 'other':
      return { stop_reason: stopText === undefined ? 'end_turn' : 'stop_sequence', stop_sequence }
  }
}

export function messageOf({ start, parts, end }: WholeAnswer): Static<typeof Message> {
  return { ...headOf(start), content: parts.map(blockOf), ...stopOf(end), usage: usageOf(end.usage) }
}

/** A stretch of an answer as a block; what a model declines with is a text here. */
function blockOf(part: WholePart): Block {
  switch (part.type) {
    case 'text':
      return {
        type: 'text',
        text: part.text,
        citations: part.annotations.length === 0 ? null : part.annotations.map(searchResultOf),
      }
    case 'refusal':
      return { type: 'text', text: part.text, citations: null }
    case 'tool-call':
      return toolUseOf(part)
    case 'reasoning':
      return part.hidden === true
        ? { type: 'redacted_thinking', data: part.seal ?? '' }
        : { type: 'thinking', thinking: part.text, signature: part.seal ?? '' }
  }
}

/** What a model wrote may be no object; then its own words are all there is of it. */
function toolUseOf({ id, name, arguments: args }: Extract<WholePart, { type: 'tool-call' }>): Block {
  return { type: 'tool_use', id, name, input: inputOf(args), caller: { type: 'direct' } }
}

function inputOf(args: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(args === '' ? '{}' : args)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // As below.
  }
  return { arguments: args }
}

/** A citation of a passage: one result of the search that the agent made, told by its place among them. */
export const searchResultOf = ({ title, url, tessera }: Annotation): Static<typeof SearchResult> => ({
  type: 'search_result_location',
  source: url,
  title,
  cited_text: '',
  search_result_index: Math.max(0, Number.parseInt(tessera.marker.slice(1), 10) - 1 || 0),
  ...{ start_block_index: 0, end_block_index: 1 },
  tessera,
})
