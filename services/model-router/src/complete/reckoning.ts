import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Model } from '../catalogue/model.ts'
import type { Completion } from '../providers/provider.ts'
import type { Entry } from '../serving/entry.ts'

type End = Extract<CompletionEvent, { type: 'end' }>

const nothing: Usage = { inputTokens: 0, outputTokens: 0, estimated: true }

/** Writes down once what an answer came to, however it ends: to its end, by a fault, or because its reader left. */
export function createReckoning(entry: Entry, first: Model) {
  const startedMs = performance.now()
  let model = first
  let route: string | undefined
  let completion: Completion | undefined
  let firstContentMs: number | undefined
  let ended: Promise<void> | undefined

  async function write(outcome: string, end: End | undefined) {
    await entry.end({
      ...{ outcome, model, route },
      usage: end?.usage ?? (await completion?.usage()) ?? nothing,
      firstContentMs: end?.firstContentMs ?? firstContentMs,
      totalMs: end?.totalMs ?? performance.now() - startedMs,
    })
  }
  return {
    /** Without a completion none came to its first content. */
    served(by: Model, taken: string, answer?: Completion): void {
      model = by
      route = taken
      completion = answer
      if (answer) firstContentMs = performance.now() - startedMs
    },
    end: (outcome: string, end?: End): Promise<void> => (ended ??= write(outcome, end)),
  }
}
