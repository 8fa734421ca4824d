import type { ProviderFault } from '../providers/provider.ts'
import type { Attempt } from '../routing/health.ts'
import { meaningOf } from './meaning.ts'

/** Tells a target's health how an attempt failed, if that says anything about the target. */
export function endAttempt(attempt: Attempt, fault: ProviderFault): void {
  const { breaker } = meaningOf(fault)
  if (breaker) attempt.failed(breaker, fault.retryAfterMs)
  else attempt.ended()
}
