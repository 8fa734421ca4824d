import { type Content, sizeOf, splitContent } from './content.ts'

/** So much is held before it goes on its way. */
const MAX_HELD_LENGTH = 32_768

/** Joins what belongs together, for a reader who wants the answer at its end: a model says a word at a time, and each event costs as much as a page. */
export function createJoin() {
  let held: Content | undefined

  function rest(): Content[] {
    const content = held
    held = undefined
    return content ? splitContent(content) : []
  }
  return {
    /** What goes on its way now. */
    add(content: Content): Content[] {
      const together = held && sizeOf(held) < MAX_HELD_LENGTH ? joined(held, content) : undefined
      const before = together ? [] : rest()
      held = together ?? content
      return before
    },
    /** What is still held. */
    rest,
  }
}

/** Both as one; undefined where they are two things. */
function joined(one: Content, next: Content): Content | undefined {
  switch (next.type) {
    case 'text-delta': {
      if (one.type !== 'text-delta') return undefined
      const text = one.text + next.text
      const logprobs = [...(one.logprobs ?? []), ...(next.logprobs ?? [])]
      return logprobs.length > 0 ? { ...next, text, logprobs } : { type: 'text-delta', text }
    }
    case 'reasoning-delta':
    case 'refusal-delta':
      return one.type === next.type ? { ...next, text: one.text + next.text } : undefined
    case 'tool-call-delta':
      return one.type === next.type ? { ...next, arguments: one.arguments + next.arguments } : undefined
    case 'tool-call-start':
    case 'reasoning-end':
      return undefined
  }
}
