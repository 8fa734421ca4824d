import { wait } from '@tessera/shared/time/wait'
import type { Logger } from 'pino'
import type { UsageEnd, UsageStart, UsageStore } from './usage.store.ts'

/** How long an answer waits for its books at its end; a database that is stuck does not hold it up longer. */
const MAX_WAIT_MS = 500

/** When to try again to complete a row while the database is away. */
const RETRY_MS = [200, 1000, 5000, 15_000]

export type Meter = ReturnType<typeof createMeter>

/** Counts requests: each has a row before anything of its answer is passed on, and how it ended is written when it ended. */
export function createMeter({ store, logger }: { store: UsageStore; logger: Logger }) {
  const writing = new Set<Promise<void>>()
  const closing = new AbortController()

  async function writeEnd(id: number, end: UsageEnd, tries: { left: readonly number[] }): Promise<void> {
    try {
      await store.updateEnd(id, end)
    } catch (error) {
      const [delayMs, ...left] = tries.left
      if (delayMs === undefined || closing.signal.aborted) {
        logger.error({ err: error, usageId: id, ...end }, 'the usage of a request could not be written')
        return
      }
      // In the background: the answer is complete, and its reader is not to wait for our books.
      track(wait(delayMs, closing.signal).then(() => writeEnd(id, end, { left })))
    }
  }

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => writing.delete(tracked))
    writing.add(tracked)
  }

  return {
    /** The id of the row, or undefined when it could not be written; nothing may be passed on then. */
    async begin(start: UsageStart): Promise<number | undefined> {
      try {
        return await store.insertStart(start)
      } catch (error) {
        logger.error({ err: error }, 'no usage can be written')
        return undefined
      }
    },
    /** Resolves when it is written, or after half a second, or when the first try failed; the rest goes on by itself. Never rejects. */
    async end(id: number, end: UsageEnd): Promise<void> {
      const work = writeEnd(id, end, { left: RETRY_MS })
      track(work)
      const written = new AbortController()
      await Promise.race([work, wait(MAX_WAIT_MS, written.signal)])
      written.abort()
    },
    /** Writes what is still to be written, without waiting for more tries. */
    async close(): Promise<void> {
      closing.abort()
      while (writing.size > 0) await Promise.all(writing)
    },
  }
}
