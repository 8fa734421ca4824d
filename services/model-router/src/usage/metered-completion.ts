import { type CompletionEvent, modelsFaults, type Usage } from '@tessera/shared/contracts/model-router'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, type Result } from '@tessera/shared/fault/result'
import { createTokenEstimate } from '../providers/estimate-tokens.ts'
import type { Meter } from './meter.ts'
import type { UsageStart } from './usage.store.ts'

/**
 * Passes a completion on and counts it, however it ends: to its end, by a fault, or because its reader left. What a provider did not count, because
 * it never came to its end, is estimated from what was passed on.
 */
export async function* meteredCompletion<C extends string>(
  events: AsyncIterable<Result<CompletionEvent, Fault<C>>>,
  start: UsageStart,
  meter: Meter,
): AsyncGenerator<Result<CompletionEvent, Fault<C | 'models.unavailable'>>, void, void> {
  const startedMs = performance.now()
  // Written while the provider is already working; waited for before anything of its answer is passed on.
  const row = meter.begin(start)
  const output = createTokenEstimate()
  let outcome = 'cancelled'
  let firstTextMs: number | undefined
  let counted: { usage: Usage; firstTextMs?: number; totalMs: number } | undefined
  try {
    // Whoever has seen how it ended finds it in the books.
    for await (const event of events) {
      if ((await row) === undefined) {
        yield fail(modelsFaults.fault('unavailable', 'The use of models cannot be counted at the moment.'))
        return
      }
      if (!event.ok) {
        outcome = event.fault.code
        await finish()
      } else if (event.value.type === 'text-delta') {
        firstTextMs ??= performance.now() - startedMs
        output.add(event.value.text)
      } else if (event.value.type === 'end') {
        outcome = 'completed'
        counted = event.value
        await finish()
      }
      yield event
    }
  } finally {
    if (outcome === 'cancelled') await finish()
  }

  async function finish(): Promise<void> {
    const id = await row
    if (id === undefined) return
    const { inputTokens } = start
    await meter.end(id, {
      outcome,
      usage: counted?.usage ?? { inputTokens, outputTokens: output.tokens(), estimated: true },
      totalMs: counted?.totalMs ?? performance.now() - startedMs,
      ...pick(counted?.firstTextMs ?? firstTextMs),
    })
  }
}

const pick = (firstTextMs: number | undefined) => (firstTextMs === undefined ? {} : { firstTextMs })
