import type { ImagePart, PromptMessage, TextPart } from '@tessera/shared/contracts/model-router/prompt'
import type { FieldError } from '@tessera/shared/fault/fault'
import { type Static, Type } from 'typebox'
import { imageRule, imageSourceOf } from '../../compatible/image-source.ts'
import { optional } from '../optional.ts'

const ignored = (why: string) => Type.Optional(Type.Unknown({ description: why }))
const id = optional(Type.String(), 'Ignored: nothing is stored here.')
const status = optional(Type.String(), 'Ignored.')
const cached = { prompt_cache_breakpoint: ignored('Has no effect.') }

const InputText = Type.Object({ type: Type.Literal('input_text'), text: Type.String(), ...cached })
const InputImage = Type.Object({
  type: Type.Literal('input_image'),
  image_url: Type.String({ minLength: 1, description: 'An http(s) address, or a base64 data URL.' }),
  detail: optional(Type.Union([Type.Literal('auto'), Type.Literal('low'), Type.Literal('high')])),
  ...cached,
})
const OutputText = Type.Object({
  type: Type.Literal('output_text'),
  text: Type.String(),
  annotations: ignored('Ignored: it is history that a client brings.'),
  logprobs: ignored('Ignored.'),
})
const OutputRefusal = Type.Object({ type: Type.Literal('refusal'), refusal: Type.String() })

const InputContent = Type.Union([InputText, InputImage])

const Message = Type.Object({
  type: Type.Optional(Type.Literal('message')),
  role: Type.Union([
    Type.Literal('user'),
    Type.Literal('assistant'),
    Type.Literal('system'),
    Type.Literal('developer'),
  ]),
  content: Type.Union([
    Type.String(),
    Type.Array(Type.Union([InputText, InputImage, OutputText, OutputRefusal]), { minItems: 1 }),
  ]),
  phase: ignored('Ignored.'),
  ...{ id, status },
})
const FunctionCall = Type.Object({
  type: Type.Literal('function_call'),
  call_id: Type.String({ minLength: 1, maxLength: 256 }),
  name: Type.String({ pattern: '^[a-zA-Z0-9_-]{1,128}$' }),
  arguments: Type.String(),
  ...{ id, status },
})
const FunctionCallOutput = Type.Object({
  type: Type.Literal('function_call_output'),
  call_id: Type.String({ minLength: 1, maxLength: 256 }),
  output: Type.Union([Type.String(), Type.Array(InputContent, { minItems: 1 })]),
  ...{ id, status },
})
const ReasoningText = Type.Object({ type: Type.String(), text: Type.String() })
const Reasoning = Type.Object({
  type: Type.Literal('reasoning'),
  summary: Type.Array(ReasoningText),
  content: optional(Type.Array(ReasoningText)),
  encrypted_content: optional(Type.String()),
  ...{ id, status },
})

/** What a conversation consists of. Items that only a store could find again are refused. */
export const InputItem = Type.Union([Message, FunctionCall, FunctionCallOutput, Reasoning])
export type InputItem = Static<typeof InputItem>

type Written = Extract<PromptMessage, { role: 'assistant' }>['content']

/** Items in our terms: what a model thought, said and called in a row is one message of ours, and so are the results that follow. */
export function toPromptMessages(items: readonly InputItem[]): PromptMessage[] {
  const prompt: PromptMessage[] = []
  for (const item of items) {
    const next = toPromptMessage(item)
    const last = prompt.at(-1)
    if (next.role === 'assistant' && last?.role === 'assistant') last.content.push(...next.content)
    else if (next.role === 'tool' && last?.role === 'tool') last.content.push(...next.content)
    else prompt.push(next)
  }
  return prompt
}

function toPromptMessage(item: InputItem): PromptMessage {
  switch (item.type) {
    case 'function_call': {
      const { call_id: id, name, arguments: args } = item
      return { role: 'assistant', content: [{ type: 'tool-call', id, name, arguments: args }] }
    }
    case 'function_call_output':
      return {
        role: 'tool',
        content: [{ type: 'tool-result', callId: item.call_id, content: materialOf(item.output) }],
      }
    case 'reasoning':
      return { role: 'assistant', content: reasoningOf(item) }
    default:
      return messageOf(item)
  }
}

function messageOf({ role, content }: Static<typeof Message>): PromptMessage {
  const parts = typeof content === 'string' ? [{ type: 'input_text' as const, text: content }] : content
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: parts.map(textOf) }
    case 'assistant':
      return { role: 'assistant', content: parts.map(textOf) }
    case 'user':
      return {
        role: 'user',
        content: parts.map((part) => (part.type === 'input_image' ? imageOf(part) : textOf(part))),
      }
  }
}

type Part = Extract<Static<typeof Message>['content'], unknown[]>[number]

/** Images elsewhere than from a user are refused by `invalidImages`. */
const textOf = (part: Part): Static<typeof TextPart> => ({
  type: 'text',
  text: part.type === 'refusal' ? part.refusal : part.type === 'input_image' ? '' : part.text,
})

const imageOf = ({ image_url: url, detail }: Static<typeof InputImage>): ImagePart => ({
  type: 'image',
  source: imageSourceOf(url) ?? { url },
  ...(detail && { detail }),
})

const materialOf = (output: string | readonly Static<typeof InputContent>[]) =>
  typeof output === 'string'
    ? [{ type: 'text' as const, text: output }]
    : output.map((part) => (part.type === 'input_image' ? imageOf(part) : textOf(part)))

function reasoningOf({ summary, content, encrypted_content: seal }: Static<typeof Reasoning>): Written {
  if (!seal) return []
  const text = [...summary, ...(content ?? [])].map((part) => part.text).join('\n\n')
  return [{ type: 'reasoning', text, seal, ...(text === '' && { hidden: true }) }]
}

export const invalidImages = (items: readonly InputItem[]): FieldError[] =>
  items.flatMap((item, at) => {
    const [name, parts] =
      item.type === 'function_call_output'
        ? ['output', item.output]
        : 'content' in item
          ? ['content', item.content]
          : ['', []]
    if (!Array.isArray(parts)) return []
    const mayHoldImages = !('role' in item) || item.role === 'user'
    return parts.flatMap((part, index) => {
      if (part.type !== 'input_image' || !('image_url' in part)) return []
      const field = `/input/${at}/${name}/${index}`
      if (!mayHoldImages) return [{ field, rule: 'must be text: only a user shows images' }]
      return imageSourceOf(part.image_url) ? [] : [{ field: `${field}/image_url`, rule: imageRule }]
    })
  })
