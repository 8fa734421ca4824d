import type { Content, FunctionResponsePart, Part } from '@google/genai'
import type { ImagePart, PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { argumentsOf } from '../arguments.ts'
import { RequestRefusedError } from '../failure.ts'
import { type MaterialPart, renderContent, renderParts } from '../render-content.ts'
import type { ToolResult } from '../tool-result.ts'
import { unseal } from './seal.ts'

/** Stands for a thought signature where a call comes from another model or from a client that lost it; models since 3 refuse a call without any. */
const NO_SIGNATURE = 'skip_thought_signature_validator'

type Turn = { role: 'user' | 'model'; parts: Part[] }

/** A prompt as `generateContent` has it: instructions apart, and turns that alternate and begin with the user. Neighbours of the same role are joined. */
export function toContents(messages: readonly PromptMessage[]): { system: string; contents: Content[] } {
  const system: string[] = []
  const turns: Turn[] = []
  const names = namesOfCalls(messages)
  for (const message of messages) {
    if (message.role === 'system') {
      system.push(renderContent(message.content))
      continue
    }
    const turn = turnOf(message, names)
    const last = turns.at(-1)
    if (turn.parts.length === 0) continue
    if (last?.role === turn.role) last.parts.push(...turn.parts)
    else turns.push(turn)
  }
  if (turns[0]?.role !== 'user') {
    throw new RequestRefusedError('This model needs a conversation that begins with a message of the user.')
  }
  return { system: system.filter((text) => text.trim() !== '').join('\n\n'), contents: turns }
}

/** The protocol wants a result to name its tool; ours names its call. */
const namesOfCalls = (messages: readonly PromptMessage[]): ReadonlyMap<string, string> =>
  new Map(
    messages
      .flatMap((message) => (message.role === 'assistant' ? message.content : []))
      .flatMap((part) => (part.type === 'tool-call' ? [[part.id, part.name] as const] : [])),
  )

function turnOf(message: Exclude<PromptMessage, { role: 'system' }>, names: ReadonlyMap<string, string>): Turn {
  switch (message.role) {
    case 'user':
      return { role: 'user', parts: materialParts(message.content) }
    case 'assistant':
      return { role: 'model', parts: writtenParts(message.content) }
    case 'tool':
      return { role: 'user', parts: message.content.map((result) => resultPart(result, names)) }
  }
}

const materialParts = (content: readonly MaterialPart[]): Part[] =>
  renderParts(content)
    .filter((part) => typeof part !== 'string' || part.trim() !== '')
    .map((part) => (typeof part === 'string' ? { text: part } : imagePart(part)))

/** An address is refused by `unsupported`. */
const imagePart = ({ source }: ImagePart): Part & FunctionResponsePart =>
  'url' in source
    ? { fileData: { fileUri: source.url } }
    : { inlineData: { mimeType: source.mediaType, data: source.base64 } }

/** A seal belongs to the call that follows it; of several calls at once only the first has one. */
function writtenParts(content: Extract<PromptMessage, { role: 'assistant' }>['content']): Part[] {
  const parts: Part[] = []
  let signature: string | undefined
  let hasCall = false
  for (const part of content) {
    if (part.type === 'reasoning') signature = unseal(part.seal) ?? signature
    if (part.type === 'text' && part.text.trim() !== '') parts.push({ text: part.text })
    if (part.type !== 'tool-call') continue
    const thoughtSignature = signature ?? (hasCall ? undefined : NO_SIGNATURE)
    parts.push({
      functionCall: { id: part.id, name: part.name, args: argumentsOf(part) },
      ...(thoughtSignature !== undefined && { thoughtSignature }),
    })
    signature = undefined
    hasCall = true
  }
  return parts
}

function resultPart({ callId, content, failed }: ToolResult, names: ReadonlyMap<string, string>): Part {
  const name = names.get(callId)
  if (name === undefined)
    throw new RequestRefusedError(`The result of ${callId} belongs to no call of this conversation.`)
  const images = content.filter((part) => part.type === 'image').map(imagePart)
  return {
    functionResponse: {
      id: callId,
      name,
      response: { [failed === true ? 'error' : 'output']: renderContent(content) },
      ...(images.length > 0 && { parts: images }),
    },
  }
}
