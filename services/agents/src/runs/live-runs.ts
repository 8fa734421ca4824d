import type { RunEvent } from '@tessera/shared/contracts/agents'

/** A run in this process, as its readers here see it: each event as it comes, before or after it is stored. */
export type LiveRun = {
  /** The events after this one, as far as they came in this process; `undefined` if earlier ones are needed from the database. */
  eventsAfter(id: number): RunEvent[] | undefined
}

/** What happens to runs in this process, for readers in this process. Other replicas read the tables. */
export function createLiveRuns() {
  const running = new Map<string, { events: RunEvent[] }>()
  const waiting = new Map<string, Set<() => void>>()

  const wake = (runId: string) => {
    for (const waker of waiting.get(runId) ?? []) waker()
  }

  return {
    /** `events`: those that stand already, if all of them are known here. */
    begin(runId: string, events: readonly RunEvent[]): void {
      running.set(runId, { events: [...events] })
    },
    add(runId: string, events: readonly RunEvent[]): void {
      running.get(runId)?.events.push(...events)
      wake(runId)
    },
    end(runId: string): void {
      running.delete(runId)
      wake(runId)
    },
    find(runId: string): LiveRun | undefined {
      const run = running.get(runId)
      return (
        run && {
          eventsAfter(id) {
            const first = run.events[0]?.id
            if (first === undefined || id < first - 1) return undefined
            return run.events.slice(id - first + 1)
          },
        }
      )
    },
    /** Resolves when something happens to the run here, when the signal aborts, or after this time. */
    async change(runId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
      if (signal.aborted) return
      const wakers = waiting.get(runId) ?? new Set()
      waiting.set(runId, wakers)
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          wakers.delete(done)
          if (wakers.size === 0 && waiting.get(runId) === wakers) waiting.delete(runId)
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        signal.addEventListener('abort', done, { once: true })
        wakers.add(done)
      })
    },
  }
}

export type LiveRuns = ReturnType<typeof createLiveRuns>
