import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { DocumentRow } from '../database.ts'
import { fromNow } from '../syncs/lease.ts'
import { deliver, type DeliverDeps } from './deliver.ts'
import { documentLeaseMs, letGo, type DocumentHold } from './document-lease.ts'
import { asDataSource } from '../callers/as-data-source.ts'

const atOnce = 10
const retryAfterMs = 30_000

/**
 * Finishes pushes and deletions that an outage or a killed process left half done: what was pushed is kept here, so nobody has to push it
 * again for the document to be whole.
 */
export async function finishPending(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const token = randomUUID()
  const untilMs = Date.now() + documentLeaseMs
  const { rows } = await sql<DocumentRow>`
    update documents set lease_token = ${token}, lease_until = ${fromNow(documentLeaseMs)}
    where id in (
      select d.id from documents d join data_sources s on s.id = d.data_source_id
      where s.kind = 'push' and (d.pending or d.state = 'removing') and (d.lease_until is null or d.lease_until <= now())
      order by d.lease_until nulls first limit ${atOnce} for update of d skip locked
    )
    returning *`.execute(deps.db)
  for (const row of rows) {
    const hold = { token, untilMs }
    if (signal.aborted) await letGo(deps.db, row.id, hold)
    else if (row.state === 'removing') await finishRemoval(deps, row, hold)
    else await finishDelivery(deps, row, hold)
  }
}

async function finishRemoval({ db, bus, access, retrieval }: DeliverDeps, row: DocumentRow, hold: DocumentHold) {
  const dataSource = { id: row.data_source_id, workspace_id: row.workspace_id }
  const as = () => asDataSource(bus, dataSource, { timeoutMs: 5000 })
  const documentIds = [row.id]
  const ended = await access.removeDocuments({ dataSourceId: dataSource.id, documentIds }, as())
  const removed = ended.ok ? await retrieval.removeDocuments({ documentIds }, as()) : ended
  if (removed.ok) await db.deleteFrom('documents').where('id', '=', row.id).execute()
  else await letGo(db, row.id, hold, retryAfterMs)
}

async function finishDelivery(deps: DeliverDeps, row: DocumentRow, hold: DocumentHold) {
  const original = await deps.db
    .selectFrom('originals')
    .select(['content', 'access'])
    .where('document_id', '=', row.id)
    .executeTakeFirst()
  if (!original) return letGo(deps.db, row.id, hold, retryAfterMs)
  const delivery = {
    documentId: row.id,
    workspaceId: row.workspace_id,
    dataSourceId: row.data_source_id,
    externalId: row.external_id,
    contentVersion: row.content_version,
    original,
    accessRevision: null,
    accessDue: true,
    contentDue: true,
    known: true,
  }
  await deliver(deps, delivery, hold)
}
