import type { Static } from 'typebox'
import type { Reconciliation, Reindex } from '@tessera/shared/contracts/retrieval/index-upkeep'
import type { JobsStore } from '../reindex/jobs.store.ts'
import type { NextIndexStore } from '../reindex/next-index.store.ts'
import { reportOf } from '../reconcile/report.ts'

type Found = NonNullable<Awaited<ReturnType<JobsStore['find']>>>

/** A job as it is told; that there is no way back any more is nothing that anybody could act on. */
const told = ({ state, startedAt, endedAt, reason }: Found) => ({
  state: state === 'promoting' ? ('finishing' as const) : state,
  startedAt: startedAt.toISOString(),
  ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
  ...(reason === null ? {} : { reason }),
})

/** How far the making of a new index is; undefined where none was ever made. */
export async function reindexStatus(
  { jobs, next }: { jobs: Pick<JobsStore, 'find'>; next: Pick<NextIndexStore, 'progress'> },
  workspaceId: string,
): Promise<Static<typeof Reindex> | undefined> {
  const [job, progress] = await Promise.all([jobs.find(workspaceId, 'reindex'), next.progress(workspaceId)])
  if (!job) return undefined
  // What was noted of the next index is forgotten once it is the live one.
  return { ...told(job), ...progress, ...(job.state === 'done' ? { done: progress.documents } : {}) }
}

/** What was found when the index was looked through last. */
export async function reconciliationStatus(
  { jobs }: { jobs: Pick<JobsStore, 'find'> },
  workspaceId: string,
): Promise<Static<typeof Reconciliation> | undefined> {
  const job = await jobs.find(workspaceId, 'reconcile')
  return job && { ...told(job), ...reportOf(job.report) }
}
