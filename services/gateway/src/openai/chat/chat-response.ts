import { randomUUID } from 'node:crypto'
import type { FinishReason, TokenProbability } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { type Static, Type } from 'typebox'
import type { Kept, Start } from '../../compatible/answer-event.ts'
import { type Annotation, OwnCitation } from '../../compatible/annotation.ts'
import { KeptSchema } from '../../compatible/kept.ts'
import type { WholeAnswer, WholePart } from '../../compatible/whole-answer.ts'
import { ReasoningDetail } from './chat-messages.ts'

const ChatUsage = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
  prompt_tokens_details: Type.Object({ cached_tokens: Type.Integer() }),
  completion_tokens_details: Type.Object({ reasoning_tokens: Type.Integer() }),
})

const ChatAnnotation = Type.Object({
  type: Type.Literal('url_citation'),
  url_citation: Type.Object({
    start_index: Type.Integer(),
    end_index: Type.Integer(),
    title: Type.String(),
    url: Type.String({ description: "The document's own address, else the path of GET /v1/citations/{id}." }),
  }),
  tessera: OwnCitation,
})

const Probability = {
  token: Type.String(),
  logprob: Type.Number(),
  bytes: Type.Union([Type.Array(Type.Integer()), Type.Null()]),
}
const ChatLogprobs = Type.Object({
  content: Type.Array(Type.Object({ ...Probability, top_logprobs: Type.Array(Type.Object(Probability)) })),
  refusal: Type.Null(),
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
        content: Type.Union([Type.String(), Type.Null()]),
        refusal: Type.Union([Type.String(), Type.Null()]),
        annotations: Type.Array(ChatAnnotation),
        tool_calls: Type.Optional(
          Type.Array(
            Type.Object({
              id: Type.String(),
              type: Type.Literal('function'),
              function: Type.Object({ name: Type.String(), arguments: Type.String() }),
            }),
          ),
        ),
        reasoning_content: Type.Optional(Type.String()),
        reasoning_details: Type.Optional(Type.Array(ReasoningDetail)),
      }),
      logprobs: Type.Union([ChatLogprobs, Type.Null()]),
      finish_reason: Type.String(),
    }),
  ),
  usage: ChatUsage,
  tessera: Type.Optional(KeptSchema),
})

/** What every chunk and the whole reply begin with. */
export type Head = { id: string; created: number; model: string; tessera?: Kept }

export const headOf = ({ id = randomUUID().replaceAll('-', ''), model, kept }: Start): Head => ({
  id: `chatcmpl-${id}`,
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

export const usageOf = (usage: Usage): Static<typeof ChatUsage> => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0 },
  completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
})

export const chatAnnotationOf = ({ start, end, title, url, tessera }: Annotation): Static<typeof ChatAnnotation> => ({
  type: 'url_citation',
  url_citation: { start_index: start, end_index: end, title, url },
  tessera,
})

export const logprobsOf = (tokens: readonly TokenProbability[]): Static<typeof ChatLogprobs> => ({
  content: tokens.map(({ top, ...token }) => ({ ...shown(token), top_logprobs: top.map(shown) })),
  refusal: null,
})

const shown = ({ token, logprob, bytes }: Omit<TokenProbability, 'top'>) => ({ token, logprob, bytes: bytes ?? null })

export const reasoningDetailOf = ({ text, seal, hidden }: { text: string; seal: string; hidden?: boolean }) =>
  hidden === true
    ? { type: 'reasoning.encrypted' as const, data: seal }
    : { type: 'reasoning.text' as const, text, data: seal }

export function chatCompletionOf({ start, parts, end }: WholeAnswer): Static<typeof ChatCompletion> {
  const texts = of(parts, 'text')
  const refusals = of(parts, 'refusal')
  const calls = of(parts, 'tool-call')
  const reasoning = of(parts, 'reasoning')
  const thought = reasoning.map(({ text }) => text).join('')
  const details = reasoning.flatMap(({ text, seal, hidden }) =>
    seal === undefined ? [] : [reasoningDetailOf({ text, seal, ...(hidden === true && { hidden }) })],
  )
  const logprobs = texts.flatMap((part) => part.logprobs)
  const message = {
    role: 'assistant' as const,
    // As OpenAI has it: nothing said beside calls or a refusal is null.
    content: texts.length === 0 && calls.length + refusals.length > 0 ? null : texts.map(({ text }) => text).join(''),
    refusal: refusals.length === 0 ? null : refusals.map(({ text }) => text).join(''),
    annotations: texts.flatMap(({ annotations }) => annotations.map(chatAnnotationOf)),
    ...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
    ...(thought !== '' && { reasoning_content: thought }),
    ...(details.length > 0 && { reasoning_details: details }),
  }
  return {
    ...headOf(start),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message,
        logprobs: logprobs.length === 0 ? null : logprobsOf(logprobs),
        finish_reason: finishReasonOf(end.finishReason),
      },
    ],
    usage: usageOf(end.usage),
  }
}

const of = <T extends WholePart['type']>(parts: readonly WholePart[], type: T) =>
  parts.filter((part): part is Extract<WholePart, { type: T }> => part.type === type)

const callOf = ({ id, name, arguments: args }: Extract<WholePart, { type: 'tool-call' }>) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
})
