import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import type { FoundAttachment } from '../extract/formats/mail/message.ts'

/** A version of a document, and what lies in it. */
type Holding = { workspaceId: string; documentId: string; contentVersion: string }
export type KeptAttachment = { part: string; found: FoundAttachment }

/** Keeps what was found in a version until each of it comes as a document of its own. Nobody can find it here. */
export async function keepAttachments(
  db: RetrievalDatabase,
  holding: Holding,
  attachments: readonly KeptAttachment[],
): Promise<void> {
  const { workspaceId, documentId, contentVersion } = holding
  for (const { part, found } of attachments) {
    await sql`insert into attachments (workspace_id, document_id, content_version, part, bytes)
      values (${workspaceId}, ${documentId}, ${contentVersion}, ${part}, decode(${Buffer.from(found.bytes).toString('base64')}, 'base64'))
      on conflict do nothing`.execute(db)
  }
}

export async function keptAttachment(
  db: RetrievalDatabase,
  { workspaceId, documentId, contentVersion }: Holding,
  part: string,
): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('attachments')
    .select('bytes')
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', documentId)
    .where('content_version', '=', contentVersion)
    .where('part', '=', part)
    .executeTakeFirst()
  return row?.bytes
}

/** It is stored as a document now; those of older versions are no longer asked for. */
export async function forgetAttachment(
  db: RetrievalDatabase,
  { workspaceId, documentId, contentVersion }: Holding,
  part: string,
): Promise<void> {
  await sql`delete from attachments where workspace_id = ${workspaceId} and document_id = ${documentId}
    and (part = ${part} or content_version <> ${contentVersion})`.execute(db)
}
