import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'

type Part = PromptMessage['content'][number]
type Prompt = Pick<CompletionRequest, 'messages' | 'tools'>

/** Every text of a prompt that its provider would read. */
export function promptTexts({ messages, tools = [] }: Prompt): string[] {
  const texts: string[] = []
  const keep = (text: string) => {
    texts.push(text)
    return text
  }
  for (const { content } of messages) for (const part of content as Part[]) mapPart(part, keep)
  return [...texts, ...tools.flatMap(({ description = '' }) => description)].filter((text) => text !== '')
}

/** The prompt with each of its texts changed. What a model wrote under seal can't be changed: its provider would not take it back. */
export function mapPromptTexts<P extends Prompt>(prompt: P, change: (text: string) => string): P {
  const messages = prompt.messages.map((message) => ({
    ...message,
    content: (message.content as Part[]).map((part) => mapPart(part, change)),
  })) as PromptMessage[]
  const tools = prompt.tools?.map((tool) =>
    tool.description === undefined ? tool : { ...tool, description: change(tool.description) },
  )
  return { ...prompt, messages, ...(tools && { tools }) }
}

function mapPart(part: Part, change: (text: string) => string): Part {
  switch (part.type) {
    case 'image':
      return part
    case 'text':
      return { ...part, text: change(part.text) }
    case 'reasoning':
      return part.seal === undefined ? { ...part, text: change(part.text) } : part
    case 'passage':
      return { ...part, title: change(part.title), text: change(part.text) }
    case 'tool-call':
      return { ...part, arguments: change(part.arguments) }
    case 'tool-result':
      return { ...part, content: part.content.map((inner) => mapPart(inner, change)) as typeof part.content }
  }
}
