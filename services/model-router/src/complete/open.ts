import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Asking, Completion, ProviderFault, ProviderRequest } from '../providers/provider.ts'
import type { Attempt, Health } from '../routing/health.ts'
import type { Target } from '../routing/target.ts'
import { endAttempt } from '../serving/end-attempt.ts'

export type Events = AsyncIterator<Result<CompletionEvent, ProviderFault>>

/** An answer that has begun. `first` is absent where the caller left before. */
export type Opened = { completion: Completion; events: Events; attempt: Attempt; first?: CompletionEvent }

/** Asks one target, up to the first content of its answer. */
export async function open(
  health: Health,
  { model }: Target,
  request: Result<ProviderRequest, ProviderFault>,
  asking: Asking,
): Promise<Result<Opened, ProviderFault>> {
  if (!request.ok) return request
  const attempt = health.begin(model.name)
  const startedMs = performance.now()
  const completion = model.provider.complete(request.value, asking)
  const events = completion.events[Symbol.asyncIterator]()
  const first = await events.next().catch((error: unknown) => {
    attempt.ended()
    throw error
  })
  if (first.done) return ok({ completion, events, attempt })
  if (!first.value.ok) {
    endAttempt(attempt, first.value.fault)
    leave(events)
    return first.value
  }
  attempt.firstContent(performance.now() - startedMs)
  return ok({ completion, events, attempt, first: first.value.value })
}

/** Not awaited: its reader has left or is done, and a provider's tidying up is nothing to wait for. */
export const leave = (events: Events) => void events.return?.().catch(() => undefined)
