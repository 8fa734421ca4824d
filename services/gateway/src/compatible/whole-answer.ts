import type { TokenProbability } from '@tessera/shared/contracts/model-router/completion'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Annotation } from './annotation.ts'
import type { Answer, Content, End, Start } from './answer-event.ts'
import { inWordsOf } from './field-names.ts'
import { brokenOff } from './frames.ts'

/** One stretch of an answer. */
export type WholePart =
  | { readonly type: 'text'; text: string; readonly logprobs: TokenProbability[]; readonly annotations: Annotation[] }
  | { readonly type: 'reasoning'; text: string; seal?: string; hidden?: boolean }
  | { readonly type: 'refusal'; text: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; arguments: string }

/** An answer to its end. */
export type WholeAnswer = { readonly start: Start; readonly parts: readonly WholePart[]; readonly end: End }

/** Reads an answer to its end, for a reply in one piece. */
export async function wholeAnswer({ events, names }: Answer): Promise<Result<WholeAnswer>> {
  let start: Start | undefined
  let parts: WholePart[] = []
  for await (const result of events) {
    if (!result.ok) return fail(inWordsOf(names, result.fault))
    const event = result.value
    switch (event.type) {
      case 'start':
        start = event
        break
      case 'restart':
        parts = []
        break
      case 'annotation':
        textIn(parts).annotations.push(event.annotation)
        break
      case 'end': {
        if (!start) return fail(brokenOff())
        const { whole } = event
        if (whole) parts = [{ type: 'text', text: whole.text, logprobs: [], annotations: [...whole.annotations] }]
        return ok({ start, parts, end: event })
      }
      default:
        addContent(parts, event)
    }
  }
  return fail(brokenOff())
}

/** Adds what comes next to what has come so far. */
export function addContent(parts: WholePart[], content: Content): void {
  const last = parts.at(-1)
  switch (content.type) {
    case 'text-delta': {
      const part = textIn(parts)
      part.text += content.text
      part.logprobs.push(...(content.logprobs ?? []))
      break
    }
    case 'reasoning-delta':
      if (last?.type === 'reasoning' && last.seal === undefined) last.text += content.text
      else parts.push({ type: 'reasoning', text: content.text })
      break
    case 'reasoning-end': {
      const { seal, hidden } = content
      if (last?.type === 'reasoning' && last.seal === undefined && hidden !== true) last.seal = seal
      else parts.push({ type: 'reasoning', text: '', seal, ...(hidden !== undefined && { hidden }) })
      break
    }
    case 'refusal-delta':
      if (last?.type === 'refusal') last.text += content.text
      else parts.push({ type: 'refusal', text: content.text })
      break
    case 'tool-call-start':
      parts.push({ type: 'tool-call', id: content.id, name: content.name, arguments: '' })
      break
    case 'tool-call-delta':
      // The contract has a call begin before its arguments come.
      if (last?.type === 'tool-call') last.arguments += content.arguments
      break
  }
}

/** The text that is being written. */
function textIn(parts: WholePart[]): Extract<WholePart, { type: 'text' }> {
  const last = parts.at(-1)
  if (last?.type === 'text') return last
  const part: WholePart = { type: 'text', text: '', logprobs: [], annotations: [] }
  parts.push(part)
  return part
}
