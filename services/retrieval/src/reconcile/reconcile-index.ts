import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { reconciliationStatus } from '../index-status/job-status.ts'
import { type AdminDeps, logChange } from '../reindex/log-change.ts'

/** Begins to look through the index. A look that is under way goes on. */
export function createReconcileIndex(deps: AdminDeps) {
  return async function reconcileIndex(input: object, call: Call) {
    const logged = await logChange(deps, 'reconcileIndex', input, call)
    if (!logged.ok) return logged
    const { workspaceId } = call.caller
    await deps.jobs.start(workspaceId, 'reconcile')
    deps.jobWaits()
    const reconciliation = await reconciliationStatus(deps, workspaceId)
    if (!reconciliation) throw new Error('A job that was started is not there')
    return ok({ reconciliation, revision: logged.value.revision })
  }
}
