import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import { failFromAccess } from '../faults.ts'
import type { AccessChangesStore } from '../index-documents/access-changes.store.ts'
import { speaksFor } from '../documents/speaks-for.ts'
import { IndexMissing, IndexUnavailable, type SearchIndex } from '../index/search-index.ts'
import type { JobsStore } from '../reindex/jobs.store.ts'
import type { NextIndexStore } from '../reindex/next-index.store.ts'
import { reconciliationStatus, reindexStatus } from './job-status.ts'

export type IndexStatusDeps = {
  db: RetrievalDatabase
  access: Pick<Client<typeof accessContract>, 'checkRole'>
  changes: AccessChangesStore
  index: Pick<SearchIndex, 'look' | 'count'>
  jobs: Pick<JobsStore, 'find'>
  next: Pick<NextIndexStore, 'progress'>
}

const maxFailures = 100

/** How far the index is, for admins; a data source learns it of itself. */
export function createIndexStatus(deps: IndexStatusDeps) {
  const { db, access, changes } = deps
  return async function indexStatus({ dataSourceId }: { dataSourceId?: string }, call: Call) {
    const { caller } = call
    if (dataSourceId === undefined || !speaksFor(caller, dataSourceId)) {
      const held = await access.checkRole({ anyOf: ['admin'] }, call)
      if (!held.ok)
        return failFromAccess<'access.forbidden' | 'access.pending' | 'access.deactivated' | 'access.stopped'>(
          held.fault,
        )
    }
    const [counts, failed, appliedRevision, whole] = await Promise.all([
      count(db, caller.workspaceId, dataSourceId),
      failures(db, caller.workspaceId, dataSourceId),
      changes.applied(caller.workspaceId),
      dataSourceId === undefined ? statusOfWhole(deps, caller.workspaceId) : {},
    ])
    return ok({ ...counts, appliedRevision, failed, ...whole })
  }
}

/** What can only be told of the index of a workspace as a whole. An index that does not answer is told by its absence, and by the searches. */
async function statusOfWhole(deps: IndexStatusDeps, workspaceId: string) {
  const [index, reindex, reconciliation] = await Promise.all([
    indexOf(deps, workspaceId),
    reindexStatus(deps, workspaceId),
    reconciliationStatus(deps, workspaceId),
  ])
  return { ...(index && { index }), ...(reindex && { reindex }), ...(reconciliation && { reconciliation }) }
}

async function indexOf({ db, index }: IndexStatusDeps, workspaceId: string) {
  try {
    const { live } = await index.look(workspaceId)
    if (!live) return undefined
    const { rows } = await sql<{
      expected: number
    }>`select coalesce(sum(indexed_count), 0)::bigint as expected from documents
      where workspace_id = ${workspaceId}`.execute(db)
    const { name: _, ...info } = live
    return { ...info, rows: await index.count(workspaceId), expected: rows[0]?.expected ?? 0 }
  } catch (error) {
    if (error instanceof IndexUnavailable || error instanceof IndexMissing) return undefined
    throw error
  }
}

type Counts = { documents: number; passages: number; waiting: number; lagMs: number; rulesPending: number }

async function count(db: RetrievalDatabase, workspaceId: string, dataSourceId: string | undefined) {
  const { rows } = await sql<Counts>`
    select count(*) filter (where not d.removed) as documents, coalesce(sum(d.passage_count), 0)::bigint as passages,
      count(w.document_id) as waiting,
      coalesce(extract(epoch from now() - min(w.enqueued_at)) * 1000, 0)::bigint as "lagMs",
      count(*) filter (where not d.removed and d.rule_version < coalesce(s.rule_version, 0)) as "rulesPending"
    from documents d left join workspaces s on s.workspace_id = d.workspace_id
      left join index_work w on w.workspace_id = d.workspace_id and w.document_id = d.document_id
    where d.workspace_id = ${workspaceId} and (${dataSourceId ?? null}::text is null or d.data_source_id = ${dataSourceId ?? null})`.execute(
    db,
  )
  return rows[0] ?? { documents: 0, passages: 0, waiting: 0, lagMs: 0, rulesPending: 0 }
}

/** Those that failed for good, and those that are tried again, the first hundred by id. */
async function failures(db: RetrievalDatabase, workspaceId: string, dataSourceId: string | undefined) {
  const { rows } = await sql<{ documentId: string; reason: string }>`
    select d.document_id as "documentId", coalesce(d.failure, 'It is tried again: ' || w.reason) as reason
    from documents d left join index_work w on w.workspace_id = d.workspace_id and w.document_id = d.document_id
    where d.workspace_id = ${workspaceId} and (${dataSourceId ?? null}::text is null or d.data_source_id = ${dataSourceId ?? null})
      and (d.failure is not null or w.reason is not null)
    order by d.document_id limit ${maxFailures}`.execute(db)
  return rows
}
