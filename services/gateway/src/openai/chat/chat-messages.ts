import type { ImagePart, PromptMessage, TextPart } from '@tessera/shared/contracts/model-router/prompt'
import type { FieldError } from '@tessera/shared/fault/fault'
import { type Static, Type } from 'typebox'
import { imageRule, imageSourceOf } from '../../compatible/image-source.ts'
import { optional } from '../optional.ts'

const Cached = { prompt_cache_breakpoint: Type.Optional(Type.Unknown({ description: 'Has no effect.' })) }
const Text = Type.Object({ type: Type.Literal('text'), text: Type.String(), ...Cached })
const Image = Type.Object({
  type: Type.Literal('image_url'),
  image_url: Type.Object({
    url: Type.String({ minLength: 1, description: 'An http(s) address, or a base64 data URL.' }),
    detail: Type.Optional(Type.Union([Type.Literal('auto'), Type.Literal('low'), Type.Literal('high')])),
  }),
  ...Cached,
})
const Refusal = Type.Object({ type: Type.Literal('refusal'), refusal: Type.String() })
const name = Type.Optional(Type.String({ maxLength: 64, description: 'Not supported: an error, or dropped.' }))

const ToolCall = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  type: Type.Literal('function'),
  function: Type.Object({ name: Type.String({ pattern: '^[a-zA-Z0-9_-]{1,128}$' }), arguments: Type.String() }),
})

/** Reasoning as an answer carried it, to be sent back as it was. */
export const ReasoningDetail = Type.Object({
  type: Type.Union([Type.Literal('reasoning.text'), Type.Literal('reasoning.encrypted')]),
  text: Type.Optional(Type.String()),
  data: Type.Optional(Type.String()),
})
export type ReasoningDetail = Static<typeof ReasoningDetail>

const System = Type.Object({
  role: Type.Union([Type.Literal('system'), Type.Literal('developer')]),
  content: Type.Union([Type.String(), Type.Array(Text, { minItems: 1 })]),
  name,
})
const User = Type.Object({
  role: Type.Literal('user'),
  content: Type.Union([Type.String(), Type.Array(Type.Union([Text, Image]), { minItems: 1 })]),
  name,
})
const Assistant = Type.Object({
  role: Type.Literal('assistant'),
  content: optional(Type.Union([Type.String(), Type.Array(Type.Union([Text, Refusal]))])),
  refusal: optional(Type.String()),
  tool_calls: optional(Type.Array(ToolCall)),
  reasoning_content: optional(Type.String(), 'Ignored; `reasoning_details` carry what a model wants back.'),
  reasoning_details: optional(Type.Array(ReasoningDetail)),
  annotations: optional(Type.Array(Type.Unknown()), 'Ignored: it is history that a client brings.'),
  audio: optional(Type.Null()),
  function_call: optional(Type.Null()),
  name,
})
const Tool = Type.Object({
  role: Type.Literal('tool'),
  tool_call_id: Type.String({ minLength: 1, maxLength: 256 }),
  content: Type.Union([Type.String(), Type.Array(Type.Union([Text, Image]), { minItems: 1 })]),
  name,
})

export const ChatMessage = Type.Union([System, User, Assistant, Tool])
export type ChatMessage = Static<typeof ChatMessage>

/** Messages of a chat in our terms. Results of several calls in a row are one message of ours. */
export function toPromptMessages(messages: readonly ChatMessage[]): PromptMessage[] {
  const prompt: PromptMessage[] = []
  for (const message of messages) {
    const last = prompt.at(-1)
    const next = toPromptMessage(message)
    if (next.role === 'tool' && last?.role === 'tool') last.content.push(...next.content)
    else prompt.push(next)
  }
  return prompt
}

function toPromptMessage(message: ChatMessage): PromptMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textsOf(message.content) }
    case 'user':
      return { role: 'user', content: partsOf(message.content) }
    case 'assistant':
      return { role: 'assistant', content: writtenParts(message) }
    case 'tool':
      return {
        role: 'tool',
        content: [{ type: 'tool-result', callId: message.tool_call_id, content: partsOf(message.content) }],
      }
  }
}

type Content<P> = string | readonly P[]

const textsOf = (content: Content<Static<typeof Text>>): Static<typeof TextPart>[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(({ text }) => ({ type: 'text', text }))

const partsOf = (
  content: Content<Static<typeof Text> | Static<typeof Image>>,
): (Static<typeof TextPart> | ImagePart)[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(partOf)

function partOf(part: Static<typeof Text> | Static<typeof Image>): Static<typeof TextPart> | ImagePart {
  if (part.type === 'text') return { type: 'text', text: part.text }
  const { url, detail } = part.image_url
  // What is no image's address is refused by `invalidImages`.
  return { type: 'image', source: imageSourceOf(url) ?? { url }, ...(detail && { detail }) }
}

function writtenParts(message: Static<typeof Assistant>): Extract<PromptMessage, { role: 'assistant' }>['content'] {
  const { content, refusal, tool_calls: calls, reasoning_details: details } = message
  const said = typeof content === 'string' ? [content] : (content ?? []).map(saidIn)
  return [
    ...(details ?? []).flatMap(({ type, text = '', data }) =>
      data === undefined
        ? []
        : [{ type: 'reasoning' as const, text, seal: data, ...(type === 'reasoning.encrypted' && { hidden: true }) }],
    ),
    ...[...said, ...(refusal ? [refusal] : [])].map((text) => ({ type: 'text' as const, text })),
    ...(calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
      type: 'tool-call' as const,
      ...{ id, name, arguments: args },
    })),
  ]
}

const saidIn = (part: Static<typeof Text> | Static<typeof Refusal>) => (part.type === 'text' ? part.text : part.refusal)

export const invalidImages = (messages: readonly ChatMessage[]): FieldError[] =>
  messages.flatMap(({ content }, at) =>
    Array.isArray(content)
      ? content.flatMap((part, index) =>
          part.type === 'image_url' && !imageSourceOf(part.image_url.url)
            ? [{ field: `/messages/${at}/content/${index}/image_url/url`, rule: imageRule }]
            : [],
        )
      : [],
  )

/** A name beside the role is a distinction that only this protocol makes. */
export const namedMessages = (messages: readonly ChatMessage[]): FieldError[] =>
  messages.flatMap(({ name }, at) =>
    name === undefined ? [] : [{ field: `/messages/${at}/name`, rule: 'is not supported' }],
  )
