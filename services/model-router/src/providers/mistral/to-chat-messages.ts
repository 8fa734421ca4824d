import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { ChatCompletionStreamRequest, ContentChunk, ToolCall } from '@mistralai/mistralai/models/components'
import { callIdFitting } from '../call-ids.ts'
import { urlOf } from '../images.ts'
import { type MaterialPart, renderContent, renderParts } from '../render-content.ts'
import { textOfResult } from '../tool-result.ts'
import { unseal } from './seal.ts'

type Message = ChatCompletionStreamRequest['messages'][number]
type Written = Extract<PromptMessage, { role: 'assistant' }>['content']

/** The service takes no other ids. */
const toCallId = callIdFitting(/^[a-zA-Z0-9]{9}$/, 9)

/** A message of ours as the service's; each result of a tool is a message of its own there. */
export function toChatMessages(message: PromptMessage): Message[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: renderContent(message.content) }]
    case 'user':
      return [{ role: 'user', content: userContent(message.content) }]
    case 'assistant':
      return [assistantMessage(message.content)]
    case 'tool':
      return message.content.map((result) => ({
        role: 'tool',
        toolCallId: toCallId(result.callId),
        content: textOfResult(result),
      }))
  }
}

function userContent(content: readonly MaterialPart[]): string | ContentChunk[] {
  const parts = renderParts(content)
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  return parts.map((part) =>
    typeof part === 'string'
      ? { type: 'text', text: part }
      : { type: 'image_url', imageUrl: { url: urlOf(part), ...(part.detail && { detail: part.detail }) } },
  )
}

function assistantMessage(content: Written): Message {
  const chunks = content.flatMap(toChunks)
  const toolCalls: ToolCall[] = content
    .filter((part) => part.type === 'tool-call')
    .map(({ id, name, arguments: args }) => ({
      id: toCallId(id),
      type: 'function',
      function: { name, arguments: args },
    }))
  const [only, ...others] = chunks
  return {
    role: 'assistant',
    content: only?.type === 'text' && others.length === 0 ? only.text : chunks.length === 0 ? '' : chunks,
    ...(toolCalls.length > 0 && { toolCalls }),
  }
}

function toChunks(part: Written[number]): Extract<ContentChunk, { type: 'text' | 'thinking' }>[] {
  if (part.type === 'text') return part.text === '' ? [] : [{ type: 'text', text: part.text }]
  if (part.type !== 'reasoning') return []
  const signature = unseal(part.seal)
  if (signature === undefined) return []
  return [{ type: 'thinking', thinking: [{ type: 'text', text: part.text }], signature, closed: true }]
}
