import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { ResponseInputContent, ResponseInputItem } from 'openai/resources/responses/responses'
import { urlOf } from '../images.ts'
import { type MaterialPart, renderContent, renderParts } from '../render-content.ts'
import { textOfResult, type ToolResult } from '../tool-result.ts'
import { unsealReasoning } from './sealed-reasoning.ts'

/** A message of ours as items of the responses API: what was thought, said and called each is an item of its own there. */
export function toResponseItems(message: PromptMessage): ResponseInputItem[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: renderContent(message.content) }]
    case 'user':
      return [{ role: 'user', content: toInputContent(message.content) }]
    case 'assistant':
      return message.content.flatMap(toOutputItems)
    case 'tool':
      return message.content.map(toCallOutput)
  }
}

const toInputContent = (content: readonly MaterialPart[]): ResponseInputContent[] =>
  renderParts(content).map((part) =>
    typeof part === 'string'
      ? { type: 'input_text', text: part }
      : { type: 'input_image', image_url: urlOf(part), detail: part.detail ?? 'auto' },
  )

function toOutputItems(part: Extract<PromptMessage, { role: 'assistant' }>['content'][number]): ResponseInputItem[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ role: 'assistant', content: part.text }]
    case 'reasoning':
      return unsealReasoning(part)
    case 'tool-call':
      return [{ type: 'function_call', call_id: part.id, name: part.name, arguments: part.arguments }]
  }
}

function toCallOutput(result: ToolResult): ResponseInputItem {
  const hasImages = result.content.some(({ type }) => type === 'image')
  return {
    type: 'function_call_output',
    call_id: result.callId,
    output: hasImages ? toInputContent(result.content) : textOfResult(result),
  }
}
