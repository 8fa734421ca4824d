import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { estimateTokens } from './estimate-tokens.ts'
import type { ProviderRequest } from './provider.ts'
import { renderContent } from './render-content.ts'

/** What providers charge for an image, roughly: it depends on its size, which nobody looks at here. */
const IMAGE_TOKENS = 1000

/** What a prompt comes to where nobody counted it. */
export function estimateInputTokens({ messages, tools }: Pick<ProviderRequest, 'messages' | 'tools'>): number {
  const images = messages.flatMap(imagesOf).length
  const described = tools ? [JSON.stringify(tools)] : []
  return estimateTokens(...messages.flatMap(textsOf), ...described) + images * IMAGE_TOKENS
}

function textsOf(message: PromptMessage): string[] {
  switch (message.role) {
    case 'system':
    case 'user':
      return [renderContent(message.content)]
    case 'assistant':
      return message.content.map((part) => (part.type === 'tool-call' ? `${part.name} ${part.arguments}` : part.text))
    case 'tool':
      return message.content.map(({ content }) => renderContent(content))
  }
}

function imagesOf(message: PromptMessage) {
  const parts = message.role === 'tool' ? message.content.flatMap(({ content }) => content) : message.content
  return parts.filter(({ type }) => type === 'image')
}
