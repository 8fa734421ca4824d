import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import { reindexStatus } from '../index-status/job-status.ts'
import { logChange } from './log-change.ts'
import type { ReindexOperationDeps } from './start-reindex.ts'

/** Stops the making of a new index, as long as it has not taken the place of the live one. */
export function createStopReindex(deps: ReindexOperationDeps) {
  return async function stopReindex(input: object, call: Call) {
    const logged = await logChange(deps, 'stopReindex', input, call)
    if (!logged.ok) return logged
    const { workspaceId } = call.caller
    const isStopped = await deps.jobs.stop(workspaceId, 'reindex')
    const reindex = await reindexStatus(deps, workspaceId)
    if (!reindex || (!isStopped && reindex.state !== 'stopped')) {
      return fail(fault('conflict', 'No index is being made that could be stopped.'))
    }
    return ok({ reindex, revision: logged.value.revision })
  }
}
