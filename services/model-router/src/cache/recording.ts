import type { CompletionContent, CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { type KeptAnswer, MAX_ANSWER_BYTES } from './exact-cache.ts'

type End = KeptAnswer['end']

/** Listens to an answer from its first content to its end. */
export type Recording = {
  add(event: Exclude<CompletionEvent, End>): void
  end(event: End): void
}

/** So much text goes in one piece. */
const PIECE_LENGTH = 16_384
/** What an event takes beside its texts, at a guess. */
const FRAME_BYTES = 100

/** Hands over what is worth to be given again: answers that came to an end of their own, not what was cut short, filtered, or is too long. */
export function createRecording(keep: (answer: KeptAnswer, bytes: number) => void): Recording {
  const content: CompletionContent[] = []
  let bytes = 0
  return {
    add(event) {
      if (event.type === 'start' || bytes > MAX_ANSWER_BYTES) return
      bytes += FRAME_BYTES + 2 * JSON.stringify(event).length
      const last = content.at(-1)
      const joined = last && together(last, event)
      if (joined) content[content.length - 1] = joined
      else content.push(event)
    },
    end(event) {
      const { finishReason } = event
      if (bytes > MAX_ANSWER_BYTES || (finishReason !== 'stop' && finishReason !== 'tool-call')) return
      keep({ content, end: event }, bytes)
    },
  }
}

/** Two pieces of one text as one; undefined where they are to stay apart. */
function together(one: CompletionContent, other: CompletionContent): CompletionContent | undefined {
  if (one.type === 'text-delta' && other.type === 'text-delta') {
    const isPlain = !one.logprobs && !other.logprobs && one.text.length < PIECE_LENGTH
    return isPlain ? { type: 'text-delta', text: one.text + other.text } : undefined
  }
  if (one.type === 'reasoning-delta' && other.type === 'reasoning-delta' && one.text.length < PIECE_LENGTH)
    return { type: 'reasoning-delta', text: one.text + other.text }
  return undefined
}
