import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { RequestRefusedError } from './failure.ts'
import { renderContent } from './render-content.ts'

export type Turn = { role: 'user' | 'assistant'; text: string }

/**
 * A prompt for providers whose protocol keeps instructions apart and wants turns that alternate and begin with the user: system messages are
 * joined, neighbours of the same role too, and empty messages left out.
 */
export function promptOf(messages: readonly PromptMessage[]): { system: string; turns: Turn[] } {
  const system: string[] = []
  const turns: Turn[] = []
  for (const message of messages) {
    const text = textOfMessage(message)
    const role = message.role === 'tool' ? 'user' : message.role
    const last = turns.at(-1)
    if (text.trim() === '') continue
    if (role === 'system') system.push(text)
    else if (last?.role === role) last.text += `\n\n${text}`
    else turns.push({ role, text })
  }
  if (turns[0]?.role !== 'user') {
    throw new RequestRefusedError('This model needs a conversation that begins with a message of the user.')
  }
  return { system: system.join('\n\n'), turns }
}

export function textOfMessage({ content }: PromptMessage): string {
  const others = content.find(({ type }) => type !== 'text' && type !== 'passage')
  if (others) throw new RequestRefusedError(`This model takes no ${others.type}.`)
  return renderContent(content)
}
