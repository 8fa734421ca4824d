import type {
  ContentBlockParam,
  ImageBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages'
import type { ImagePart, PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { RequestRefusedError } from '../failure.ts'
import { argumentsOf } from '../arguments.ts'
import { callIdFitting } from '../call-ids.ts'
import { type MaterialPart, renderContent, renderParts } from '../render-content.ts'
import type { ToolResult } from '../tool-result.ts'
import { unseal } from './seal.ts'

/** The protocol takes no other ids. */
const toCallId = callIdFitting(/^[a-zA-Z0-9_-]+$/, 32)

type Blocks = { role: 'user' | 'assistant'; content: ContentBlockParam[] }

/**
 * A prompt as this protocol has it: instructions apart, and turns that alternate and begin with the user, in which results of tools come first. Neighbours of
 * the same role are joined, empty messages left out.
 */
export function toMessages(messages: readonly PromptMessage[]): { system?: string; messages: MessageParam[] } {
  const system: string[] = []
  const turns: Blocks[] = []
  for (const message of messages) {
    if (message.role === 'system') {
      system.push(renderContent(message.content))
      continue
    }
    const { role, content } = blocksOf(message)
    const last = turns.at(-1)
    if (content.length === 0) continue
    if (last?.role === role) last.content.push(...content)
    else turns.push({ role, content })
  }
  if (turns[0]?.role !== 'user') {
    throw new RequestRefusedError('This model needs a conversation that begins with a message of the user.')
  }
  const instructions = system.filter((text) => text.trim() !== '').join('\n\n')
  return { ...(instructions !== '' && { system: instructions }), messages: turns.map(toParam) }
}

/** A turn of one text is that text. An answer that is to be continued may not end in white space. */
function toParam({ role, content }: Blocks): MessageParam {
  const [only, ...others] = content
  if (only?.type !== 'text' || others.length > 0) return { role, content }
  return { role, content: role === 'assistant' ? only.text.trimEnd() : only.text }
}

function blocksOf(message: Exclude<PromptMessage, { role: 'system' }>): Blocks {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: materialBlocks(message.content) }
    case 'assistant':
      return { role: 'assistant', content: message.content.flatMap(writtenBlocks) }
    case 'tool':
      return { role: 'user', content: message.content.map(resultBlock) }
  }
}

const materialBlocks = (content: readonly MaterialPart[]): (TextBlockParam | ImageBlockParam)[] =>
  renderParts(content)
    .filter((part) => typeof part !== 'string' || part.trim() !== '')
    .map((part) => (typeof part === 'string' ? { type: 'text', text: part } : imageBlock(part)))

const imageBlock = ({ source }: ImagePart): ImageBlockParam => ({
  type: 'image',
  source:
    'url' in source
      ? { type: 'url', url: source.url }
      : // Other types are refused by `unsupported`.
        { type: 'base64', media_type: source.mediaType as 'image/png', data: source.base64 },
})

function writtenBlocks(part: Extract<PromptMessage, { role: 'assistant' }>['content'][number]): ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }]
    case 'tool-call':
      return [{ type: 'tool_use', id: toCallId(part.id), name: part.name, input: argumentsOf(part) }]
    case 'reasoning': {
      const data = unseal(part.seal)
      if (data === undefined) return []
      if (part.hidden === true) return [{ type: 'redacted_thinking', data }]
      return [{ type: 'thinking', thinking: part.text, signature: data }]
    }
  }
}

const resultBlock = ({ callId, content, failed }: ToolResult): ToolResultBlockParam => ({
  type: 'tool_result',
  tool_use_id: toCallId(callId),
  content: materialBlocks(content),
  ...(failed !== undefined && { is_error: failed }),
})
