import type { SearchIndex } from '../index/search-index.ts'
import type { RunJob } from '../reindex/run-jobs.ts'
import { type CompareDeps, compareDocuments, compareRows } from './compare-rows.ts'
import type { RepairsStore } from './repairs.store.ts'
import { reportOf } from './report.ts'

export type ReconcileDeps = CompareDeps & {
  index: Pick<SearchIndex, 'look' | 'list' | 'refresh' | 'remove'>
  repairs: RepairsStore
  /** There is work for the index in this workspace. */
  workWaits: (workspaceId: string) => void
}

/**
 * Goes through the live index beside the registry. A document of which something is missing, too much, of another text or for other readers is looked at twice, and then put
 * anew by a worker; rows of documents that the registry does not know are removed. What it got to is noted, so another process goes on from there.
 */
export function createReconcile(deps: ReconcileDeps): RunJob {
  const { index, repairs, workWaits } = deps
  return async function reconcile(job) {
    const { workspaceId } = job
    const { live } = await index.look(workspaceId)
    if (!live) return { failed: 'There is no index to look through: it is being made from the registry.' }
    const report = reportOf(job.report)
    for await (const page of compareRows(deps, { workspaceId, which: 'live', after: job.place })) {
      const wrong = await lookAgain(
        deps,
        workspaceId,
        page.wrong.map(({ documentId }) => documentId),
      )
      if (wrong.length > 0) {
        await repairs.redo(workspaceId, wrong)
        workWaits(workspaceId)
      }
      const unknown = await repairs.unknown(workspaceId, page.unknownRows)
      await index.remove(workspaceId, unknown)
      report.documents += page.documents
      report.rows += page.rows
      report.unknown += unknown.length
      report.repaired += wrong.length
      for (const one of wrong) {
        report.missing += one.missing
        report.surplus += one.surplus.length
        report.otherText += one.otherText
        report.staleAccess += one.staleAccess
      }
      if (!(await job.hold({ place: page.upTo, report }))) return undefined
    }
    return {}
  }
}

/** A document may have changed between looking at its rows and looking at the registry. */
async function lookAgain(deps: ReconcileDeps, workspaceId: string, ids: readonly string[]) {
  if (ids.length === 0) return []
  await deps.index.refresh(workspaceId)
  return (await compareDocuments(deps, { workspaceId, which: 'live', ids })).wrong
}
