import { type Kysely, sql } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'

type Db = Kysely<ConnectorsDatabase>
type Upload = { uploadId: string; workspaceId: string; dataSourceId: string }

/** Keeps a part behind those that were kept before; the same part again takes its place. Answers the size of all, or nothing for an upload that is somebody else's. */
export async function keepPart(
  db: Db,
  { uploadId, workspaceId, dataSourceId }: Upload,
  part: number,
  base64: string,
): Promise<number | undefined> {
  await sql`insert into uploads (id, workspace_id, data_source_id) values (${uploadId}, ${workspaceId}, ${dataSourceId}) on conflict do nothing`.execute(
    db,
  )
  const { numAffectedRows } = await sql`insert into upload_parts (upload_id, part, start_at, bytes)
    select u.id, ${part}, coalesce((select sum(length(bytes)) from upload_parts p where p.upload_id = u.id and p.part < ${part}), 0), decode(${base64}, 'base64')
    from uploads u where u.id = ${uploadId} and u.workspace_id = ${workspaceId} and u.data_source_id = ${dataSourceId} and u.document_id is null
    on conflict (upload_id, part) do update set bytes = excluded.bytes, start_at = excluded.start_at`.execute(db)
  return numAffectedRows === 0n ? undefined : uploadSize(db, uploadId)
}

async function uploadSize(db: Db, uploadId: string): Promise<number> {
  const { rows } = await sql<{
    size: number
  }>`select coalesce(sum(length(bytes)), 0)::bigint as size from upload_parts where upload_id = ${uploadId}`.execute(db)
  return rows[0]?.size ?? 0
}

/** Whether it was put whole, for this data source, and belongs to no document yet. */
export async function isWholeUpload(
  db: Db,
  { uploadId, workspaceId, dataSourceId }: Upload,
  sizeBytes: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('uploads')
    .select('id')
    .where('id', '=', uploadId)
    .where('workspace_id', '=', workspaceId)
    .where('data_source_id', '=', dataSourceId)
    .where('document_id', 'is', null)
    .executeTakeFirst()
  return row !== undefined && (await uploadSize(db, uploadId)) === sizeBytes
}

/** Makes it the file of a document, in place of the one before. Without an upload, the one before goes. */
export async function bindUpload(db: Db, documentId: string, uploadId: string | undefined): Promise<void> {
  if (uploadId !== undefined)
    await db.updateTable('uploads').set({ document_id: documentId }).where('id', '=', uploadId).execute()
  await db
    .deleteFrom('uploads')
    .where('document_id', '=', documentId)
    .where('id', '<>', uploadId ?? '')
    .execute()
}

export const dropUpload = (db: Db, uploadId: string) =>
  db.deleteFrom('uploads').where('id', '=', uploadId).where('document_id', 'is', null).execute()

/** Those that nobody made a document of. */
export const dropForgottenUploads = (db: Db) =>
  sql`delete from uploads where document_id is null and created_at < now() - interval '1 hour'`.execute(db)

/** What is kept from `offset` on, as base64 of at most one part; empty at the end. */
export async function readPart(db: Db, uploadId: string, offset: number): Promise<string> {
  const { rows } = await sql<{ bytes: string }>`
    select translate(encode(substring(bytes from (${offset} - start_at + 1)::integer), 'base64'), E'\\n', '') as bytes from upload_parts
    where upload_id = ${uploadId} and start_at <= ${offset} order by start_at desc limit 1`.execute(db)
  return rows[0]?.bytes ?? ''
}
