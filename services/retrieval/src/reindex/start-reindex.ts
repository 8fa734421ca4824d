import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { reindexStatus } from '../index-status/job-status.ts'
import type { KnownIndexes } from '../index-documents/known-indexes.ts'
import { type AdminDeps, logChange } from './log-change.ts'

export type ReindexOperationDeps = AdminDeps & Parameters<typeof reindexStatus>[0]
type Deps = ReindexOperationDeps & { indexes: Pick<KnownIndexes, 'live'> }

/** Begins to make a new index, or goes on with one that was stopped. One that is under way stays as it is. */
export function createStartReindex(deps: Deps) {
  return async function startReindex(input: { embedAnew?: boolean }, call: Call) {
    const logged = await logChange(deps, 'startReindex', input, call)
    if (!logged.ok) return logged
    const { workspaceId } = call.caller
    // A workspace that has no index yet gets one, so that it can be searched meanwhile.
    await deps.indexes.live(workspaceId)
    await deps.jobs.start(workspaceId, 'reindex', input.embedAnew === true ? { embedAnew: true } : {})
    deps.jobWaits()
    const reindex = await reindexStatus(deps, workspaceId)
    if (!reindex) throw new Error('A job that was started is not there')
    return ok({ reindex, revision: logged.value.revision })
  }
}
