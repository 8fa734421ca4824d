import { wait } from '@tessera/shared/time/wait'
import type { NextIndexStore } from './next-index.store.ts'
import { type IndexJobsDeps, startIndexJobs } from './start-index-jobs.ts'

const pollMs = 1000

/**
 * Makes the indexes of all workspaces that an earlier version of this program defined otherwise, while processes of that version serve; they go on with the old ones for an
 * hour. Run before these are replaced: who takes their place then has its indexes from the first moment. Returns how many it made.
 */
export async function reindexOutdated(
  deps: Omit<IndexJobsDeps, 'workWaits'> & { next: Pick<NextIndexStore, 'outdated'> },
  signal: AbortSignal,
): Promise<number> {
  const { next, logger } = deps
  const before = await next.outdated()
  const running = startIndexJobs({ ...deps, workWaits: () => undefined })
  try {
    for (let left = before.length; left > 0 && !signal.aborted;) {
      await wait(pollMs, signal)
      const outdated = await next.outdated()
      if (outdated.length !== left) logger.info({ left: outdated.length }, 'Indexes of an earlier version')
      left = outdated.length
    }
  } finally {
    await running.close()
  }
  return before.length
}
