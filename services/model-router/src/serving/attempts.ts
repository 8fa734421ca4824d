import type { Result } from '@tessera/shared/fault/result'
import { wait } from '@tessera/shared/time/wait'
import type { ProviderFault } from '../providers/provider.ts'
import type { Target } from '../routing/target.ts'
import { meaningOf } from './meaning.ts'
import { causeOf, type Tried } from './route-taken.ts'

/** Rounds through the targets, the first one included. */
const MAX_ROUNDS = 3
const FIRST_PAUSE_MS = 200
/** Nobody is kept waiting for longer than this by a pause, however long the deadline is. */
const LONGEST_PAUSE_MS = 5000

export type Trying = {
  readonly targets: readonly [Target, ...Target[]]
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** What came of asking one target: its answer, or a fault before anything of it was passed on. */
export type Answer<T> = {
  readonly target: Target
  readonly answer: Result<T, ProviderFault>
  /** Those that failed before it. */
  readonly tried: readonly Tried[]
}

/**
 * Tries the targets in their order until one answers. When all have failed, those that may do better in a moment are asked again, after a pause with jitter or as long as
 * they say themselves, if the deadline allows. The fault is that of the last one tried.
 */
export async function firstToAnswer<T>(
  { targets, deadlineMs, signal }: Trying,
  ask: (target: Target) => Promise<Result<T, ProviderFault>>,
): Promise<Answer<T>> {
  const failures: (Tried & { target: Target; fault: ProviderFault })[] = []
  const tried = () => failures.map(({ model, cause }) => ({ model, cause }))
  let left: readonly Target[] = targets
  for (let round = 1; ; round++) {
    const ofRound: typeof failures = []
    for (const target of left) {
      const before = tried()
      const answer = await ask(target)
      if (answer.ok || signal.aborted || !meaningOf(answer.fault).elsewhere) return { target, answer, tried: before }
      ofRound.push({
        target,
        fault: answer.fault,
        model: target.model.name,
        cause: causeOf(answer.fault),
      })
      failures.push(...ofRound.slice(-1))
    }
    const again = ofRound.filter(({ fault }) => meaningOf(fault).again)
    const pauseMs = pauseOf(
      again.map(({ fault }) => fault),
      round,
    )
    if (again.length === 0 || round === MAX_ROUNDS || pauseMs > LONGEST_PAUSE_MS || Date.now() + pauseMs > deadlineMs) {
      const last = failures.pop()
      if (!last) throw new Error('There was no target to try')
      return { target: last.target, answer: { ok: false, fault: last.fault }, tried: tried() }
    }
    await wait(pauseMs, signal)
    left = again.map(({ target }) => target)
  }
}

/** The shortest that one of them asks for; with full jitter, so that those who failed together don't come back together. */
const pauseOf = (faults: readonly ProviderFault[], round: number): number =>
  Math.min(...faults.map(({ retryAfterMs = 0 }) => retryAfterMs)) + Math.random() * FIRST_PAUSE_MS * 2 ** round
