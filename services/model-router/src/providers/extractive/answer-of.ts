import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { markerOf, renderContent } from '../render-content.ts'
import { findQuotes, type Passage } from './find-quotes.ts'

const MAX_QUOTE_LENGTH = 600

const about = 'This is the built-in extractive model: it quotes passages and writes nothing of its own.'

/** The whole answer of the extractive model to a prompt: quotes with their markers, or plainly that there is none, and what it is. */
export function answerOf(messages: readonly PromptMessage[]): string {
  const passages = passagesOf(messages)
  if (passages.length === 0) return `There are no passages to answer from. ${about}`
  const quotes = findQuotes(questionOf(messages), passages)
  if (quotes.length === 0) return `No passage that was found answers this question. ${about}`
  const ids = new Set(passages.map(({ id }) => id))
  const lines = quotes.map(({ sentence, passageId }) => `“${quotable(sentence, ids)}” ${markerOf(passageId)}`)
  return `Quoted by the built-in extractive model, which writes nothing of its own:\n\n${lines.join('\n\n')}`
}

/** The last thing the user wrote. */
function questionOf(messages: readonly PromptMessage[]): string {
  const texts = messages
    .filter((message) => message.role === 'user')
    .map(({ content }) => content.filter((part) => part.type === 'text'))
  return renderContent(texts.findLast(({ length }) => length > 0) ?? [])
}

/** Every passage of the prompt; where an id occurs twice, the later one is what the marker means. */
function passagesOf(messages: readonly PromptMessage[]): Passage[] {
  const passages = new Map<string, Passage>()
  for (const part of messages.flatMap<PromptMessage['content'][number]>(({ content }) => content))
    if (part.type === 'passage') passages.set(part.id, part)
  return [...passages.values()]
}

/** A sentence as it stands, but for what would read as a marker of ours: a passage must not cite another one. */
function quotable(sentence: string, ids: ReadonlySet<string>): string {
  const safe = sentence.replaceAll(/\[([^[\]]{1,64})\]/g, (text, id: string) => (ids.has(id) ? `(${id})` : text))
  if (safe.length <= MAX_QUOTE_LENGTH) return safe
  return `${safe.slice(0, MAX_QUOTE_LENGTH).replace(/\s+\S*$/, '')} …`
}
