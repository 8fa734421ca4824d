import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import { failFromAccess } from '../faults.ts'
import type { AccessChangesStore } from '../index-documents/access-changes.store.ts'
import { speaksFor } from '../documents/speaks-for.ts'

export type IndexStatusDeps = {
  db: RetrievalDatabase
  access: Pick<Client<typeof accessContract>, 'checkRole'>
  changes: AccessChangesStore
}

const maxFailures = 100

/** How far the index is, for admins; a data source learns it of itself. */
export function createIndexStatus({ db, access, changes }: IndexStatusDeps) {
  return async function indexStatus({ dataSourceId }: { dataSourceId?: string }, call: Call) {
    const { caller } = call
    if (dataSourceId === undefined || !speaksFor(caller, dataSourceId)) {
      const held = await access.checkRole({ anyOf: ['admin'] }, call)
      if (!held.ok)
        return failFromAccess<'access.forbidden' | 'access.pending' | 'access.deactivated' | 'access.stopped'>(
          held.fault,
        )
    }
    const [counts, failed, appliedRevision] = await Promise.all([
      count(db, caller.workspaceId, dataSourceId),
      failures(db, caller.workspaceId, dataSourceId),
      changes.applied(caller.workspaceId),
    ])
    return ok({ ...counts, appliedRevision, failed })
  }
}

async function count(db: RetrievalDatabase, workspaceId: string, dataSourceId: string | undefined) {
  const { rows } = await sql<{ documents: number; passages: number; waiting: number; rulesPending: number }>`
    select count(*) filter (where not d.removed) as documents, coalesce(sum(d.passage_count), 0)::bigint as passages,
      count(w.document_id) as waiting,
      count(*) filter (where not d.removed and d.rule_version < coalesce(s.rule_version, 0)) as "rulesPending"
    from documents d left join workspaces s on s.workspace_id = d.workspace_id
      left join index_work w on w.workspace_id = d.workspace_id and w.document_id = d.document_id
    where d.workspace_id = ${workspaceId} and (${dataSourceId ?? null}::text is null or d.data_source_id = ${dataSourceId ?? null})`.execute(
    db,
  )
  return rows[0] ?? { documents: 0, passages: 0, waiting: 0, rulesPending: 0 }
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
