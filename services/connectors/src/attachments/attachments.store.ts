import type { MediaType } from '@tessera/shared/contracts/media-types'
import type { Attachment } from '@tessera/shared/contracts/retrieval'
import { newId } from '@tessera/shared/ids/ids'
import { type Kysely, sql } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'

type Db = Kysely<ConnectorsDatabase>

/** A document with others in it, at one version. */
export type Parent = {
  documentId: string
  workspaceId: string
  dataSourceId: string
  externalId: string
  contentVersion: string
}
/** An attachment with its place here. Without an id it is no document, for the reason; without a media type its content is as it was. */
export type Placed = { part: string; externalId: string } & (
  | { documentId: string; mediaType: MediaType | undefined }
  | { refused: string }
)

const maxExternalId = 2000
/** No path has two slashes, so that an attachment is never at the place of a file. */
const externalIdOf = (parent: Parent, part: string) => `${parent.externalId}//${part}`

/** Notes the attachments of a version before anything is sent about them: those that were there keep their ids, those that are gone begin to end. */
export async function noteAttachments(db: Db, parent: Parent, attachments: readonly Attachment[]): Promise<Placed[]> {
  const known = await db
    .selectFrom('documents')
    .select(['id', 'part'])
    .where('parent_id', '=', parent.documentId)
    .where('state', '=', 'live')
    .execute()
  const ids = new Map(known.map(({ id, part }) => [part, id]))
  const placed: Placed[] = []
  for (const { part, mediaType, refused } of attachments) {
    const externalId = externalIdOf(parent, part)
    if (mediaType === undefined || refused !== undefined)
      placed.push({ part, externalId, refused: refused ?? 'unsupported-type' })
    else if (externalId.length > maxExternalId)
      placed.push({ part, externalId: externalId.slice(0, maxExternalId), refused: 'invalid-name' })
    else {
      const documentId = await noteOne(db, parent, { id: ids.get(part), part, externalId })
      placed.push(
        documentId === undefined
          ? { part, externalId, refused: 'name-taken' }
          : { part, externalId, documentId, mediaType },
      )
    }
  }
  const kept = new Set(placed.flatMap((one) => ('documentId' in one ? [one.documentId] : [])))
  const gone = known.map(({ id }) => id).filter((id) => !kept.has(id))
  await noteRefused(db, parent.documentId, placed)
  if (gone.length > 0) await db.updateTable('documents').set({ state: 'removing' }).where('id', 'in', gone).execute()
  return placed
}

async function noteRefused(db: Db, documentId: string, placed: readonly Placed[]) {
  const refused = placed.flatMap((one) =>
    'refused' in one ? [{ externalId: one.externalId, reason: one.refused }] : [],
  )
  const refused_parts = refused.length === 0 ? null : JSON.stringify(refused)
  await db.updateTable('documents').set({ refused_parts }).where('id', '=', documentId).execute()
}

async function noteOne(
  db: Db,
  parent: Parent,
  { id, part, externalId }: { id: string | undefined; part: string; externalId: string },
): Promise<string | undefined> {
  const noted = {
    external_id: externalId,
    content_version: parent.contentVersion,
    rejected: null,
    updated_at: sql<Date>`now()`,
  }
  if (id !== undefined) {
    await db.updateTable('documents').set(noted).where('id', '=', id).execute()
    return id
  }
  const made = await db
    .insertInto('documents')
    .values({
      ...noted,
      id: newId('doc'),
      workspace_id: parent.workspaceId,
      data_source_id: parent.dataSourceId,
      content_hash: '',
      // It is sent again with what it lies in, never by itself.
      pending: false,
      size_bytes: 0,
      parent_id: parent.documentId,
      part,
    })
    .onConflict((conflict) =>
      conflict.columns(['data_source_id', 'external_id']).where('state', '=', 'live').doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  return made?.id
}

/** Those that stand, with the content that they have. */
export async function placedAttachments(db: Db, documentId: string): Promise<Placed[]> {
  const rows = await db
    .selectFrom('documents')
    .select(['id', 'part', 'external_id'])
    .where('parent_id', '=', documentId)
    .where('state', '=', 'live')
    .where('rejected', 'is', null)
    .execute()
  return rows.map(({ id, part, external_id }) => ({
    part: part ?? '',
    externalId: external_id,
    documentId: id,
    mediaType: undefined,
  }))
}

export const attachmentIds = async (db: Db, documentId: string): Promise<string[]> =>
  (await db.selectFrom('documents').select('id').where('parent_id', '=', documentId).execute()).map(({ id }) => id)

/** With what they lie in, those begin to end that lie in it. */
export async function endAttachments(db: Db, documentId: string): Promise<void> {
  await noteRefused(db, documentId, [])
  await db
    .updateTable('documents')
    .set({ state: 'removing' })
    .where('parent_id', '=', documentId)
    .where('state', '=', 'live')
    .execute()
}
