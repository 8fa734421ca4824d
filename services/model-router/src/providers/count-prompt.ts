import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { ProviderRequest } from './provider.ts'
import { renderContent } from './render-content.ts'

/** What providers charge for an image, roughly: it depends on its size, which nobody looks at here. */
const IMAGE_TOKENS = 1000

type Prompt = Pick<ProviderRequest, 'messages' | 'tools'>

/** What a prompt comes to by a tokenizer, where its provider did not count it. */
export const countPrompt = async (
  prompt: Prompt,
  count: (texts: readonly string[]) => Promise<number>,
): Promise<number> => (await count(textsOfPrompt(prompt))) + tokensOfImages(prompt)

const textsOfPrompt = ({ messages, tools }: Prompt): string[] => [
  ...messages.flatMap(textsOf),
  ...(tools ? [JSON.stringify(tools)] : []),
]

const tokensOfImages = ({ messages }: Prompt) => messages.flatMap(imagesOf).length * IMAGE_TOKENS

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
