/** Why a target failed, in the words of the provider's faults. */
export type BreakerCause = 'rate-limited' | 'failed' | 'garbage' | 'timeout' | 'empty' | 'unreachable' | 'cut'

/** So many failures in a row by one cause, and the target is left alone for a while. */
const thresholds: Record<BreakerCause, number> = {
  'rate-limited': 1,
  unreachable: 2,
  timeout: 2,
  failed: 3,
  garbage: 3,
  empty: 3,
  cut: 3,
}
const FIRST_COOLING_MS = 5000
const LONGEST_COOLING_MS = 60_000

export type Cooling = { readonly cause: BreakerCause; readonly untilMs: number }

/** Whether a target is left alone at the moment. Causes are counted apart: a server that cuts streams is no reason to forget that it limits rates. */
export type Breaker = {
  /** The longest of its coolings; undefined when it may be asked. */
  cooling(nowMs: number): Cooling | undefined
  /** Says that a request goes to it now. After a cooling the first one is a probe, and others keep away until it is known how that went. */
  begin(nowMs: number): void
  failed(cause: BreakerCause, nowMs: number, retryAfterMs?: number): void
  /** It answered. What it said about its rate still counts. */
  succeeded(nowMs: number): void
  /** It ended without telling anything: the caller left, or was refused for reasons of its own. */
  ended(): void
}

export function createBreaker(): Breaker {
  const causes = new Map<BreakerCause, { failures: number; untilMs: number }>()
  let probingUntilMs: number | undefined

  const longest = () => [...causes].toSorted(([, a], [, b]) => b.untilMs - a.untilMs)[0]
  const isTripped = () => [...causes].some(([cause, { failures }]) => failures >= thresholds[cause])

  return {
    cooling(nowMs) {
      if (causes.size === 0) return undefined
      const [cause, { untilMs }] = longest() as [BreakerCause, { untilMs: number }]
      if (untilMs > nowMs) return { cause, untilMs }
      if (probingUntilMs !== undefined && probingUntilMs > nowMs) return { cause, untilMs: probingUntilMs }
      return undefined
    },
    begin(nowMs) {
      if (causes.size > 0 && isTripped()) probingUntilMs = nowMs + FIRST_COOLING_MS
    },
    failed(cause, nowMs, retryAfterMs) {
      const failures = (causes.get(cause)?.failures ?? 0) + 1
      const over = failures - thresholds[cause]
      const coolingMs = over < 0 ? 0 : Math.min(FIRST_COOLING_MS * 2 ** over, LONGEST_COOLING_MS)
      // A provider that says when it may be asked again is believed.
      causes.set(cause, {
        failures,
        untilMs: nowMs + (cause === 'rate-limited' ? (retryAfterMs ?? coolingMs) : coolingMs),
      })
      probingUntilMs = undefined
    },
    succeeded(nowMs) {
      for (const [cause, { untilMs }] of causes) {
        if (cause !== 'rate-limited' || untilMs <= nowMs) causes.delete(cause)
      }
      probingUntilMs = undefined
    },
    ended() {
      probingUntilMs = undefined
    },
  }
}
