import { createReconcile } from '../reconcile/reconcile.ts'
import { createRepairsStore } from '../reconcile/repairs.store.ts'
import { createReindex, type ReindexDeps } from './reindex.ts'
import { type JobsDeps, startJobs } from './run-jobs.ts'

export type IndexJobsDeps = Omit<ReindexDeps, 'onPromoted'> &
  Omit<JobsDeps, 'runs'> & {
    /** There is work for the index in this workspace. */
    workWaits: (workspaceId: string) => void
  }

/** Makes indexes anew and looks through them, until it is closed. */
export function startIndexJobs(deps: IndexJobsDeps) {
  const { db, workWaits } = deps
  const runs = {
    reindex: createReindex({ ...deps, onPromoted: workWaits }),
    reconcile: createReconcile({ ...deps, repairs: createRepairsStore(db) }),
  }
  return startJobs({ ...deps, runs })
}
