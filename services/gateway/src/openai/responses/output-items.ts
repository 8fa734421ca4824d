import { randomUUID } from 'node:crypto'
import type { TokenProbability } from '@tessera/shared/contracts/model-router/completion'
import { type Static, Type } from 'typebox'
import { type Annotation, OwnCitation } from '../../compatible/annotation.ts'
import type { WholePart } from '../../compatible/whole-answer.ts'

const Probability = { token: Type.String(), logprob: Type.Number(), bytes: Type.Array(Type.Integer()) }

const UrlCitation = Type.Object({
  type: Type.Literal('url_citation'),
  start_index: Type.Integer(),
  end_index: Type.Integer(),
  title: Type.String(),
  url: Type.String({ description: "The document's own address, else the path of GET /v1/citations/{id}." }),
  tessera: OwnCitation,
})

const OutputText = Type.Object({
  type: Type.Literal('output_text'),
  text: Type.String(),
  annotations: Type.Array(UrlCitation),
  logprobs: Type.Array(Type.Object({ ...Probability, top_logprobs: Type.Array(Type.Object(Probability)) })),
})
const Refusal = Type.Object({ type: Type.Literal('refusal'), refusal: Type.String() })
export type MessageContent = Static<typeof OutputText> | Static<typeof Refusal>

const Message = Type.Object({
  id: Type.String(),
  type: Type.Literal('message'),
  role: Type.Literal('assistant'),
  status: Type.String(),
  content: Type.Array(Type.Union([OutputText, Refusal])),
})
const FunctionCall = Type.Object({
  id: Type.String(),
  type: Type.Literal('function_call'),
  status: Type.String(),
  call_id: Type.String(),
  name: Type.String(),
  arguments: Type.String(),
})
const Reasoning = Type.Object({
  id: Type.String(),
  type: Type.Literal('reasoning'),
  summary: Type.Array(Type.Object({ type: Type.Literal('summary_text'), text: Type.String() })),
  encrypted_content: Type.Optional(Type.String({ description: 'To be sent back as it is.' })),
})

/** One thing that a model wrote. */
export const OutputItem = Type.Union([Message, FunctionCall, Reasoning])
export type OutputItem = Static<typeof OutputItem>

export const newItemId = () => randomUUID().replaceAll('-', '')

/** A stretch of an answer as an item. */
export function outputItemOf(part: WholePart, { id, status }: { id: string; status: string }): OutputItem {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { id: `msg_${id}`, type: 'message', role: 'assistant', status, content: [contentOf(part)] }
    case 'tool-call': {
      const { id: call_id, name, arguments: args } = part
      return { id: `fc_${id}`, type: 'function_call', status, call_id, name, arguments: args }
    }
    case 'reasoning':
      return {
        id: `rs_${id}`,
        type: 'reasoning',
        summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }],
        ...(part.seal !== undefined && { encrypted_content: part.seal }),
      }
  }
}

export const contentOf = (part: Extract<WholePart, { type: 'text' | 'refusal' }>): MessageContent =>
  part.type === 'refusal'
    ? { type: 'refusal', refusal: part.text }
    : {
        type: 'output_text',
        text: part.text,
        annotations: part.annotations.map(urlCitationOf),
        logprobs: logprobsOf(part.logprobs),
      }

export const urlCitationOf = ({ start, end, title, url, tessera }: Annotation): Static<typeof UrlCitation> => ({
  type: 'url_citation',
  start_index: start,
  end_index: end,
  ...{ title, url, tessera },
})

export const logprobsOf = (tokens: readonly TokenProbability[]): Static<typeof OutputText>['logprobs'] =>
  tokens.map(({ top, ...token }) => ({ ...shown(token), top_logprobs: top.map(shown) }))

const shown = ({ token, logprob, bytes }: Omit<TokenProbability, 'top'>) => ({ token, logprob, bytes: bytes ?? [] })
