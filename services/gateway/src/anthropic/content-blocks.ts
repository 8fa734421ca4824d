import type { ImagePart, PromptMessage, TextPart } from '@tessera/shared/contracts/model-router/prompt'
import { type Static, Type } from 'typebox'
import { imageSourceOf } from '../compatible/image-source.ts'

const cached = {
  cache_control: Type.Optional(Type.Unknown({ description: 'Has no effect: what readers ask shares no cache.' })),
}
const ignored = (description: string) => Type.Optional(Type.Unknown({ description }))

export const TextBlock = Type.Object({
  type: Type.Literal('text'),
  text: Type.String(),
  citations: ignored('Ignored: it is history that a client brings.'),
  ...cached,
})
const ImageBlock = Type.Object({
  type: Type.Literal('image'),
  source: Type.Union([
    Type.Object({
      type: Type.Literal('base64'),
      media_type: Type.String({ pattern: '^image/[a-z0-9.+-]{1,40}$' }),
      data: Type.String({ pattern: '^[A-Za-z0-9+/]+={0,2}$' }),
    }),
    Type.Object({ type: Type.Literal('url'), url: Type.String({ pattern: '^https?://', maxLength: 8192 }) }),
  ]),
  ...cached,
})
const ToolUse = Type.Object({
  type: Type.Literal('tool_use'),
  id: Type.String({ minLength: 1, maxLength: 256 }),
  name: Type.String({ pattern: '^[a-zA-Z0-9_-]{1,128}$' }),
  input: Type.Record(Type.String(), Type.Unknown()),
  caller: ignored('Ignored.'),
  ...cached,
})
const ToolResult = Type.Object({
  type: Type.Literal('tool_result'),
  tool_use_id: Type.String({ minLength: 1, maxLength: 256 }),
  content: Type.Optional(Type.Union([Type.String(), Type.Array(Type.Union([TextBlock, ImageBlock]))])),
  is_error: Type.Optional(Type.Boolean()),
  ...cached,
})
const Thinking = Type.Object({ type: Type.Literal('thinking'), thinking: Type.String(), signature: Type.String() })
const RedactedThinking = Type.Object({ type: Type.Literal('redacted_thinking'), data: Type.String() })

export const MessageParam = Type.Union([
  Type.Object({
    role: Type.Literal('user'),
    content: Type.Union([Type.String(), Type.Array(Type.Union([TextBlock, ImageBlock, ToolResult]), { minItems: 1 })]),
  }),
  Type.Object({
    role: Type.Literal('assistant'),
    content: Type.Union([Type.String(), Type.Array(Type.Union([TextBlock, ToolUse, Thinking, RedactedThinking]))]),
  }),
  Type.Object({
    role: Type.Literal('system'),
    content: Type.Union([Type.String(), Type.Array(TextBlock, { minItems: 1 })]),
  }),
])
export type MessageParam = Static<typeof MessageParam>

type Text = Static<typeof TextPart>

/** A message in our terms. Results of tools, which a user's message may hold here beside other things, are a message of their own there. */
export function toPromptMessages(message: MessageParam): PromptMessage[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: textsOf(message.content) }]
    case 'assistant':
      return [{ role: 'assistant', content: writtenParts(message.content) }]
    case 'user':
      return userMessages(message.content)
  }
}

export const textsOf = (content: string | readonly Static<typeof TextBlock>[]): Text[] =>
  typeof content === 'string' ? [text(content)] : content.map((block) => text(block.text))

const text = (text: string): Text => ({ type: 'text', text })

function userMessages(content: Extract<MessageParam, { role: 'user' }>['content']): PromptMessage[] {
  if (typeof content === 'string') return [{ role: 'user', content: [text(content)] }]
  const results = content.filter((block) => block.type === 'tool_result')
  const material = content.filter((block) => block.type !== 'tool_result')
  return [
    ...(results.length > 0 ? [{ role: 'tool' as const, content: results.map(resultOf) }] : []),
    ...(material.length > 0 ? [{ role: 'user' as const, content: material.map(materialOf) }] : []),
  ]
}

const resultOf = ({ tool_use_id: callId, content = '', is_error: failed }: Static<typeof ToolResult>) => ({
  type: 'tool-result' as const,
  callId,
  content: typeof content === 'string' ? [text(content)] : content.map(materialOf),
  ...(failed !== undefined && { failed }),
})

const materialOf = (block: Static<typeof TextBlock> | Static<typeof ImageBlock>): Text | ImagePart =>
  block.type === 'text' ? text(block.text) : { type: 'image', source: sourceOf(block.source) }

const sourceOf = (source: Static<typeof ImageBlock>['source']): ImagePart['source'] =>
  source.type === 'url'
    ? (imageSourceOf(source.url) ?? { url: source.url })
    : { mediaType: source.media_type, base64: source.data }

function writtenParts(
  content: Extract<MessageParam, { role: 'assistant' }>['content'],
): Extract<PromptMessage, { role: 'assistant' }>['content'] {
  if (typeof content === 'string') return [text(content)]
  return content.map((block) => {
    switch (block.type) {
      case 'text':
        return text(block.text)
      case 'tool_use': {
        const { id, name, input } = block
        return { type: 'tool-call', id, name, arguments: JSON.stringify(input) }
      }
      case 'thinking':
        return { type: 'reasoning', text: block.thinking, seal: block.signature }
      case 'redacted_thinking':
        return { type: 'reasoning', text: '', seal: block.data, hidden: true }
    }
  })
}
