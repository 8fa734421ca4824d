import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, type Result } from '@tessera/shared/fault/result'
import type { Completion, ProviderFault } from '../providers/provider.ts'
import type { Meter } from './meter.ts'
import type { UsageStart } from './usage.store.ts'

/** Passes a completion on and counts it, however it ends: to its end, by a fault, or because its reader left. */
export async function* meteredCompletion(
  completion: Completion,
  start: UsageStart,
  meter: Meter,
): AsyncGenerator<Result<CompletionEvent, ProviderFault | Fault<'models.unavailable'>>, void, void> {
  const startedMs = performance.now()
  // Written while the provider is already working; waited for before anything of its answer is passed on.
  const row = meter.begin(start)
  let outcome = 'cancelled'
  let firstContentMs: number | undefined
  let end: Extract<CompletionEvent, { type: 'end' }> | undefined
  try {
    // Whoever has seen how it ended finds it in the books.
    for await (const event of completion.events) {
      if ((await row) === undefined) {
        yield fail(modelsFaults.fault('unavailable', 'The use of models cannot be counted at the moment.'))
        return
      }
      if (!event.ok) {
        outcome = event.fault.code
        await finish()
      } else if (event.value.type === 'end') {
        outcome = 'completed'
        end = event.value
        await finish()
      } else firstContentMs ??= performance.now() - startedMs
      yield event
    }
  } finally {
    if (outcome === 'cancelled') await finish()
  }

  async function finish(): Promise<void> {
    const id = await row
    if (id === undefined) return
    await meter.end(id, {
      outcome,
      usage: end?.usage ?? (await completion.usage()),
      totalMs: end?.totalMs ?? performance.now() - startedMs,
      ...pick(end?.firstContentMs ?? firstContentMs),
    })
  }
}

const pick = (firstContentMs: number | undefined) => (firstContentMs === undefined ? {} : { firstContentMs })
