import type { CompletionEvent, CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'

/** What came of the models that broke off within an answer. */
export type Before = {
  readonly models: readonly string[]
  readonly notes: readonly string[]
  readonly usage?: Usage
}
export const nothingBefore: Before = { models: [], notes: [] }

/** An answer that broke off, and the request by which another model goes on with it. */
export type BrokenOff = { readonly request: CompletionRequest; readonly before: Before }

/** Listens to an answer, so that another model can go on where it breaks off. */
export function createSaid() {
  let text = ''
  let isProse = true
  return {
    add(event: CompletionEvent): void {
      if (event.type === 'text-delta') text += event.text
      else if (event.type === 'tool-call-start' || event.type === 'refusal-delta') isProse = false
    },
    /** Undefined where nobody can go on: in the middle of a tool call, or of a form. */
    brokenOff(
      request: CompletionRequest,
      { model, cause, usage }: { model: string; cause: string; usage: Usage },
      before: Before,
    ): BrokenOff | undefined {
      const { messages, outputFormat, maxOutputTokens } = request
      if (!isProse || outputFormat) return undefined
      const spent = usage.outputTokens
      return {
        request: {
          ...request,
          ...(text !== '' && { messages: [...messages, said(text), goOn] }),
          // Together they write no more than was asked for.
          ...(maxOutputTokens !== undefined && { maxOutputTokens: Math.max(1, maxOutputTokens - spent) }),
        },
        before: {
          models: [...before.models, model],
          notes: [...before.notes, `${model} broke off: ${cause}`],
          usage: together(before.usage, usage),
        },
      }
    },
  }
}

const said = (text: string): PromptMessage => ({ role: 'assistant', content: [{ type: 'text', text }] })

const goOn: PromptMessage = {
  role: 'user',
  content: [
    {
      type: 'text',
      text: 'Your answer broke off there. Go on exactly where it ends, in the middle of a word if need be. Repeat nothing, and say nothing of this.',
    },
  ],
}

const optional = ['cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'] as const

/** What several attempts came to. */
export function together(one: Usage | undefined, other: Usage): Usage {
  if (!one) return other
  const counted = optional.filter((name) => one[name] !== undefined || other[name] !== undefined)
  return {
    ...Object.fromEntries(counted.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)])),
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    estimated: one.estimated || other.estimated,
  }
}
