import type { Attachment } from '@tessera/shared/contracts/retrieval'
import { type Kysely, sql } from 'kysely'
import type { RetrievalDatabase, RetrievalTables } from '../database.ts'
import type { ReadAttachment } from '../extract/reader/read-attachments.ts'
import type { ReadDocument } from '../extract/reader/read-source.ts'

type Version = { workspaceId: string; documentId: string; contentVersion: string }

/** Keeps what was read of the attachments of a version until each of them comes as a document of its own. Nobody can find it here. */
export async function keepAttachments(
  db: RetrievalDatabase,
  { workspaceId, documentId, contentVersion }: Version,
  attachments: readonly ReadAttachment[],
) {
  const rows = attachments.flatMap(({ part, read }) => (read ? [{ part, read }] : []))
  for (const { part, read } of rows) {
    await sql`insert into attachments (workspace_id, document_id, content_version, part, read)
      values (${workspaceId}, ${documentId}, ${contentVersion}, ${part}, ${JSON.stringify(read)}::jsonb) on conflict do nothing`.execute(
      db,
    )
  }
}

export async function keptAttachment(
  db: RetrievalDatabase,
  { workspaceId, documentId, contentVersion }: Version,
  part: string,
): Promise<ReadDocument | undefined> {
  const row = await db
    .selectFrom('attachments')
    .select('read')
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', documentId)
    .where('content_version', '=', contentVersion)
    .where('part', '=', part)
    .executeTakeFirst()
  return row?.read
}

/** It is stored as a document now; those of older versions are no longer asked for. */
export async function forgetAttachment(
  db: Kysely<RetrievalTables>,
  { workspaceId, documentId, contentVersion }: Version,
  part: string,
) {
  await sql`delete from attachments where workspace_id = ${workspaceId} and document_id = ${documentId}
    and (part = ${part} or content_version <> ${contentVersion})`.execute(db)
}

/** As connectors are told of it. */
export const toldAttachments = (attachments: readonly ReadAttachment[]): Attachment[] =>
  attachments.map(({ read: _read, ...told }) => told)
