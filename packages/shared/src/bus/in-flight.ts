import { setTimeout as after } from 'node:timers/promises'

/** What is being served, so that a stop can wait for it and, in the end, cancel it. */
export type InFlight = {
  /** Enters one piece of work; `cancel` is called when a stop waited long enough. Call what it returns when the work is over. */
  enter(cancel: () => void): () => void
  count(): number
  /** Returns when nothing is left or the time is over, whichever comes first. */
  settle(timeoutMs: number): Promise<void>
  cancelAll(): void
}

export function createInFlight(): InFlight {
  const cancels = new Set<() => void>()
  const idle: (() => void)[] = []
  return {
    enter(cancel) {
      const entry = () => cancel()
      cancels.add(entry)
      return () => {
        cancels.delete(entry)
        if (cancels.size === 0) for (const wake of idle.splice(0)) wake()
      }
    },
    count: () => cancels.size,
    async settle(timeoutMs) {
      if (cancels.size === 0) return
      const over = new AbortController()
      const settled = new Promise<void>((resolve) => idle.push(resolve))
      await Promise.race([settled, after(timeoutMs, undefined, { signal: over.signal }).catch(() => undefined)])
      over.abort()
    },
    cancelAll: () => {
      for (const cancel of cancels) cancel()
    },
  }
}
