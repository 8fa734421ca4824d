import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Model } from '../catalogue/model.ts'
import type { createReckoning } from '../complete/reckoning.ts'
import type { KeptAnswer } from './exact-cache.ts'

type Replaying = {
  readonly reckoning: ReturnType<typeof createReckoning>
  readonly model: Model
  readonly route: string
  readonly notes: readonly string[]
}

const nothing = { inputTokens: 0, outputTokens: 0, estimated: false }

/** Gives an answer again. Its reader is told what it came to when it was written; the ledger, that it came to nothing now. */
export async function* replay(
  { content, end }: KeptAnswer,
  { reckoning, model, route, notes }: Replaying,
): AsyncGenerator<Result<CompletionEvent, never>, undefined, void> {
  const startedMs = performance.now()
  const { firstContentMs: _firstContentMs, ...came } = end
  reckoning.served(model, route)
  try {
    yield ok({ type: 'start', model: model.name, provider: model.provider.name, route, notes: [...notes] })
    for (const event of content) yield ok(event)
    const totalMs = performance.now() - startedMs
    await reckoning.end('cached', { ...came, usage: nothing, totalMs })
    yield ok({ ...came, totalMs })
  } finally {
    await reckoning.end('cancelled')
  }
  return undefined
}
