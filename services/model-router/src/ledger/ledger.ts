import { wait } from '@tessera/shared/time/wait'
import type { Logger } from 'pino'
import type { Replica } from '../budgets/replica.ts'
import { batched } from './batched.ts'
import type { LedgerEnd, LedgerStart, LedgerStore } from './ledger.store.ts'

/** How long an answer waits for its books at its end; a database that is stuck does not hold it up longer. */
const MAX_WAIT_MS = 500

/** When to try again to complete rows while the database is away. */
const RETRY_MS = [200, 1000, 5000, 15_000]

export type Ledger = ReturnType<typeof createLedger>

/** Counts requests: each has a row before anything of it leaves, and how it ended is written when it ended. */
export function createLedger({ store, replica, logger }: { store: LedgerStore; replica: Replica; logger: Logger }) {
  const open = new Set<Promise<void>>()
  const closing = new AbortController()
  const insert = batched(async (starts: readonly LedgerStart[]) => {
    const { id } = replica
    const versions = await store.insert(id, starts)
    if (!versions) await replica.renew(id)
    return versions
  })
  const complete = batched((ends: readonly LedgerEnd[]) => store.complete(ends))

  async function write(end: LedgerEnd, delaysMs: readonly number[]): Promise<void> {
    try {
      await complete(end)
    } catch (error) {
      const [delayMs, ...left] = delaysMs
      if (delayMs === undefined || closing.signal.aborted) {
        const { charges: _charges, ...row } = end
        logger.error({ err: error, ...row }, 'the end of a request could not be written into the ledger')
        return
      }
      // In the background: the answer is complete, and its reader is not to wait for our books.
      track(wait(delayMs, closing.signal).then(() => write(end, left)))
    }
  }

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => open.delete(tracked))
    open.add(tracked)
  }

  return {
    /**
     * The version of the workspace's configuration in force. If it is the one that the request was decided by, its row is there; otherwise it is not, nor where none
     * is returned, and nothing may leave.
     */
    async begin(start: LedgerStart): Promise<number | undefined> {
      try {
        const versions = await insert(start)
        return versions && (versions.get(start.workspace_id) ?? 0)
      } catch (error) {
        logger.error({ err: error }, 'the ledger cannot be written')
        return undefined
      }
    },
    /** Resolves when it is written, or after half a second, or when the first try failed; the rest goes on by itself. Never rejects. */
    async end(end: LedgerEnd): Promise<void> {
      const work = write(end, RETRY_MS)
      track(work)
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, MAX_WAIT_MS)))
      await Promise.race([work, late])
      clearTimeout(timer)
    },
    /** Writes what is still to be written, without waiting for more tries. */
    async close(): Promise<void> {
      closing.abort()
      while (open.size > 0) await Promise.all(open)
    },
  }
}
