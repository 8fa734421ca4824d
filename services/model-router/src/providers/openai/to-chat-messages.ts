import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type {
  ChatCompletionContentPart,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'
import { urlOf } from '../images.ts'
import { renderContent, renderParts } from '../render-content.ts'
import { textOfResult } from '../tool-result.ts'

type Role<R> = Extract<PromptMessage, { role: R }>

/** A message of ours as the protocol's; each result of a tool is a message of its own there. What another model thought is left out. */
export function toChatMessages(message: PromptMessage): ChatCompletionMessageParam[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: renderContent(message.content) }]
    case 'user':
      return [{ role: 'user', content: userContent(message) }]
    case 'assistant':
      return [assistantMessage(message)]
    case 'tool':
      return message.content.map((result) => ({
        role: 'tool',
        tool_call_id: result.callId,
        content: textOfResult(result),
      }))
  }
}

function userContent({ content }: Role<'user'>): string | ChatCompletionContentPart[] {
  const parts = renderParts(content)
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  return parts.map((part) =>
    typeof part === 'string'
      ? { type: 'text', text: part }
      : { type: 'image_url', image_url: { url: urlOf(part), ...(part.detail && { detail: part.detail }) } },
  )
}

function assistantMessage({ content }: Role<'assistant'>): ChatCompletionMessageParam {
  const text = renderContent(content.filter((part) => part.type === 'text'))
  const calls: ChatCompletionMessageFunctionToolCall[] = content
    .filter((part) => part.type === 'tool-call')
    .map(({ id, name, arguments: args }) => ({ id, type: 'function', function: { name, arguments: args } }))
  if (calls.length === 0) return { role: 'assistant', content: text }
  return { role: 'assistant', content: text === '' ? null : text, tool_calls: calls }
}
