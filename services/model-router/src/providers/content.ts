import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'

/** What a model says, in whatever form. */
export type Content = Exclude<CompletionEvent, { type: 'start' | 'end' }>

/** No event of ours carries more text than this, so that one provider chunk of megabytes still fits the bus. */
const MAX_DELTA_LENGTH = 32_768

/** The same content in events that are not too large. */
export function splitContent(content: Content): Content[] {
  if (sizeOf(content) <= MAX_DELTA_LENGTH) return [content]
  switch (content.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return cut(content.text).map((text, index) => (index === 0 ? { ...content, text } : { type: content.type, text }))
    case 'tool-call-delta':
      return cut(content.arguments).map((piece) => ({ ...content, arguments: piece }))
    case 'tool-call-start':
    case 'reasoning-end':
      return [content]
  }
}

/** How much text there is in it; without any there is nothing to pass on. */
export function sizeOf(content: Content): number {
  switch (content.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return content.text.length
    case 'tool-call-delta':
      return content.arguments.length
    case 'tool-call-start':
    case 'reasoning-end':
      return 1
  }
}

/** Cuts at whole characters. */
function cut(text: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + MAX_DELTA_LENGTH, text.length)
    if (end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end--
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}
