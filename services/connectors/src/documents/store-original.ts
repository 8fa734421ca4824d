import { createHash } from 'node:crypto'
import { prepared } from '@tessera/shared/database/prepared'
import { newId } from '@tessera/shared/ids/ids'
import { type Kysely, type Transaction, sql } from 'kysely'
import type { ConnectorsDatabase, DocumentRow, OriginalAccess, OriginalContent } from '../database.ts'
import { type AccessFacts, hashOfFacts } from '../syncs/access-facts.ts'
import { bindUpload } from '../files/uploads.store.ts'
import { fromNow } from '../syncs/lease.ts'
import { type DocumentHold, documentLeaseMs, newHold } from './document-lease.ts'

export type Original = { content: OriginalContent; access: OriginalAccess }

/** What is still to be done about a pushed document before it is as its original says. */
export type Delivery = {
  documentId: string
  workspaceId: string
  dataSourceId: string
  externalId: string
  contentVersion: string
  original: Original
  accessRevision: number | null
  accessDue: boolean
  contentDue: boolean
  /** It was here before, so that something may lie in it. */
  known: boolean
}

type DataSource = { id: string; workspace_id: string }

/**
 * Keeps a pushed text that is new in one statement, which holds it as well; for most pushes this is all that happens here before access-control is
 * called. Undefined when there is one of this external id.
 */
export async function storeFirst(
  db: Kysely<ConnectorsDatabase>,
  dataSource: DataSource,
  externalId: string,
  original: Original,
): Promise<{ delivery: Delivery; hold: DocumentHold } | undefined> {
  const hold = newHold()
  const { content, access } = original
  const [documentId, contentVersion] = [newId('doc'), newId('ver')]
  const { numAffectedRows } = await sql`${prepared} with document as (
      insert into documents
        (id, workspace_id, data_source_id, external_id, content_version, content_hash, pending, size_bytes, lease_token, lease_until)
      values (${documentId}, ${dataSource.workspace_id}, ${dataSource.id}, ${externalId}, ${contentVersion}, ${hashOfContent(content)}, true,
        ${sizeOf(content)}, ${hold.token}, ${fromNow(documentLeaseMs)})
      on conflict (data_source_id, external_id) where state = 'live' do nothing returning id
    ) insert into originals (document_id, content, access)
      select id, ${JSON.stringify(content)}::jsonb, ${JSON.stringify(access)}::jsonb from document`.execute(db)
  if (numAffectedRows === 0n) return undefined
  const { id: dataSourceId, workspace_id: workspaceId } = dataSource
  const ids = { documentId, workspaceId, dataSourceId, externalId, contentVersion }
  return { hold, delivery: { ...ids, original, accessRevision: null, accessDue: true, contentDue: true, known: false } }
}

/** Keeps what was pushed, with the version that its content gets. Nothing has been sent yet; a redo sends the same version. */
export async function storeOriginal(
  trx: Transaction<ConnectorsDatabase>,
  dataSource: DataSource,
  externalId: string,
  original: Original,
  { row, hold }: { row: DocumentRow | undefined; hold: DocumentHold },
): Promise<Delivery> {
  const contentHash = hashOfContent(original.content)
  const same = row !== undefined && row.content_hash === contentHash
  const documentId = row?.id ?? newId('doc')
  const contentVersion = same ? row.content_version : newId('ver')
  const contentDue = !same || row.pending
  const values = {
    content_version: contentVersion,
    content_hash: contentHash,
    pending: contentDue,
    rejected: null,
    size_bytes: sizeOf(original.content),
    lease_token: hold.token,
    lease_until: fromNow(documentLeaseMs),
    updated_at: sql<Date>`now()`,
  }
  if (row) await trx.updateTable('documents').set(values).where('id', '=', row.id).execute()
  else {
    const { id: data_source_id, workspace_id } = dataSource
    await trx
      .insertInto('documents')
      .values({ id: documentId, workspace_id, data_source_id, external_id: externalId, ...values })
      .execute()
  }
  const kept = { content: JSON.stringify(original.content), access: JSON.stringify(original.access) }
  await trx
    .insertInto('originals')
    .values({ document_id: documentId, ...kept })
    .onConflict((conflict) => conflict.column('document_id').doUpdateSet(kept))
    .execute()
  const { file } = original.content
  if (file || row) await bindUpload(trx, documentId, file?.uploadId)
  const accessHash = hashOfFacts(pushedFacts(documentId, contentVersion, original.access))
  return {
    documentId,
    workspaceId: dataSource.workspace_id,
    dataSourceId: dataSource.id,
    externalId,
    contentVersion,
    original,
    accessRevision: row?.access_revision ?? null,
    accessDue: row?.access_hash !== accessHash,
    contentDue,
    known: row !== undefined,
  }
}

/** Pushed documents are ready at once, and have no freshness bound. */
export const pushedFacts = (documentId: string, contentVersion: string, access: OriginalAccess): AccessFacts => ({
  documentId,
  contentVersion,
  ...access,
  state: 'ready',
})

/** Marks and authors are content: under others, its passages are to be made anew. */
const hashOfContent = ({ mediaType, title, url, updatedAt, text, file, authors = [], marks = [] }: OriginalContent) =>
  createHash('sha256')
    .update(
      JSON.stringify([
        ...[mediaType, title, url, updatedAt, text ?? file?.sha256],
        ...(marks.length > 0 ? [marks] : []),
        ...authors,
      ]),
    )
    .digest('hex')

const sizeOf = ({ text = '', file }: OriginalContent) => file?.sizeBytes ?? Buffer.byteLength(text)
