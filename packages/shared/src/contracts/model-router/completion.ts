import { type Static, Type } from 'typebox'
import { stream } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Label } from '../access-control/common.ts'
import { sendingFaults } from './faults.ts'
import { Metadata } from './kept-text.ts'
import { ModelName, ModelOrRoute } from './models.ts'
import { JsonSchema, PromptMessage, Tool, ToolChoice } from './prompt.ts'
import { Usage } from './usage.ts'

export const Effort = Type.Union([
  Type.Literal('none'),
  Type.Literal('minimal'),
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('xhigh'),
  Type.Literal('max'),
])

/** How much the model thinks before it answers; absent: as it does by itself. */
export const Reasoning = Type.Object({
  effort: Type.Optional(Effort),
  /** At most so many tokens of it. */
  maxTokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  /** Whether what it thinks (or a summary of that) is part of the answer. */
  shown: Type.Optional(Type.Boolean()),
})

/** The form of the answer; absent: text. */
export const OutputFormat = Type.Union([
  Type.Object({ type: Type.Literal('json') }),
  Type.Object({
    type: Type.Literal('json-schema'),
    name: Type.String({ pattern: '^[a-zA-Z0-9_-]{1,64}$' }),
    description: Type.Optional(Type.String()),
    schema: JsonSchema,
    strict: Type.Optional(Type.Boolean()),
  }),
])

/**
 * What a model is asked beside its prompt. Where it can't honour one of these, the answer is a fault that names it, or with `dropUnsupported` it is
 * left out; nothing is changed in silence.
 */
export const CompletionParameters = Type.Object({
  tools: Type.Optional(Type.Array(Tool, { minItems: 1, maxItems: 512 })),
  toolChoice: Type.Optional(ToolChoice),
  parallelToolCalls: Type.Optional(Type.Boolean({ description: 'Whether it may call several tools at once.' })),
  outputFormat: Type.Optional(OutputFormat),
  reasoning: Type.Optional(Reasoning),
  maxOutputTokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
  topP: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  topK: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  frequencyPenalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
  presencePenalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
  stop: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 16 })),
  seed: Type.Optional(Type.Integer()),
  /** The probability of each token, and of so many others in its place. */
  logprobs: Type.Optional(Type.Object({ top: Type.Integer({ minimum: 0, maximum: 20 }) })),
  verbosity: Type.Optional(Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')])),
})
export type CompletionParameters = Static<typeof CompletionParameters>
export type Parameter = keyof CompletionParameters

/** How long an answer may be kept, and given again. */
export const CacheSeconds = Type.Integer({ minimum: 1, maximum: 3600 })

export const CompletionRequest = Type.Object({
  model: ModelOrRoute,
  messages: Type.Array(PromptMessage, { minItems: 1, maxItems: 10_000 }),
  ...CompletionParameters.properties,
  dropUnsupported: Type.Optional(Type.Boolean()),
  /** Models that may serve instead of one that was named itself. Absent: none, it is never exchanged. */
  fallbacks: Type.Optional(Type.Array(ModelName, { maxItems: 10 })),
  /** Whether another permitted model may go on where one breaks off within its text. A second `start` says so. */
  goOnElsewhere: Type.Optional(Type.Boolean()),
  /** Whether the caller takes an answer that they got to the very same request before, and how old it may be. Absent: they take none, and this one is not kept. */
  cacheSeconds: Type.Optional(CacheSeconds),
  /** What the conversation is known by to its caller: those of an experiment stay with their model. Absent: each caller is one conversation. */
  conversation: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  /** Whether the answer is read at its end only: its content then comes in as few events as can be. */
  whole: Type.Optional(Type.Boolean()),
  /** The caller's own notes: kept with the row of the ledger, and for no provider. */
  metadata: Type.Optional(Metadata),
  /** Labels that the prompt carries beside those in force: they add to them, and take none away (ACCESS.md section 7). */
  labels: Type.Optional(Type.Array(Label, { maxItems: 50 })),
  /** The decisions under which what is in the prompt was given out (ACCESS.md section 7). Empty for a raw call. */
  decisionIds: Type.Array(IdOf('dec'), { maxItems: 1000 }),
})
export type CompletionRequest = Static<typeof CompletionRequest>

export const FinishReason = Type.Union([
  Type.Literal('stop'),
  Type.Literal('length'),
  Type.Literal('content-filter'),
  Type.Literal('tool-call'),
  Type.Literal('other'),
])
export type FinishReason = Static<typeof FinishReason>

const Probability = { token: Type.String(), logprob: Type.Number(), bytes: Type.Optional(Type.Array(Type.Integer())) }
export const TokenProbability = Type.Object({ ...Probability, top: Type.Array(Type.Object(Probability)) })
export type TokenProbability = Static<typeof TokenProbability>

/** What a model writes, in the order in which it was written. A tool call is whole when the next one, or anything else, begins. */
export const CompletionContent = Type.Union([
  Type.Object({
    type: Type.Literal('text-delta'),
    text: Type.String(),
    logprobs: Type.Optional(Type.Array(TokenProbability)),
  }),
  Type.Object({ type: Type.Literal('reasoning-delta'), text: Type.String() }),
  /** Ends a piece of reasoning that its provider wants back (see `ReasoningPart`). */
  Type.Object({ type: Type.Literal('reasoning-end'), seal: Type.String(), hidden: Type.Optional(Type.Boolean()) }),
  Type.Object({ type: Type.Literal('tool-call-start'), id: Type.String(), name: Type.String() }),
  /** More of the arguments of the call that began last. */
  Type.Object({ type: Type.Literal('tool-call-delta'), arguments: Type.String() }),
  /** The model declines, in its own words. */
  Type.Object({ type: Type.Literal('refusal-delta'), text: Type.String() }),
])

export type CompletionContent = Static<typeof CompletionContent>

/**
 * One stream of a completion: `start` together with the first content, then content in the order in which it was written, and one `end`. A tool call is
 * whole when the next one, or anything else, begins. A second `start` comes where another model goes on with the text (`goOnElsewhere`).
 */
export const CompletionEvent = Type.Union([
  ...CompletionContent.anyOf,
  Type.Object({
    type: Type.Literal('start'),
    /** What serves. */
    model: ModelName,
    provider: Type.String(),
    /** What serves and why, as in `x-tessera-route`. */
    route: Type.Optional(Type.String()),
    /** What else is to be known, such as a budget that is over its limit. */
    notes: Type.Optional(Type.Array(Type.String())),
  }),
  Type.Object({
    type: Type.Literal('end'),
    finishReason: FinishReason,
    /** Which of the `stop` texts it came to, where the provider tells. */
    stopText: Type.Optional(Type.String()),
    usage: Usage,
    /** What the provider itself took: to its first content, and in all. Milliseconds. */
    firstContentMs: Type.Optional(Type.Number()),
    totalMs: Type.Number(),
  }),
])
export type CompletionEvent = Static<typeof CompletionEvent>

export const completionOperations = {
  complete: stream({
    summary: 'Lets a model answer.',
    calledBy: ['agents', 'gateway', 'retrieval'],
    input: CompletionRequest,
    event: CompletionEvent,
    faults: sendingFaults,
    timeoutMs: 600_000,
  }),
}
