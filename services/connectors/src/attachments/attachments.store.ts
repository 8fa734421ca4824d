import type { MediaType } from '@tessera/shared/contracts/media-types'
import type { Attachment } from '@tessera/shared/contracts/retrieval'
import { newId } from '@tessera/shared/ids/ids'
import { type Kysely, sql } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'

type Db = Kysely<ConnectorsDatabase>

/** A document with others in it, at one version. What lies in those that lie in it is its own as well. */
export type Parent = {
  documentId: string
  workspaceId: string
  dataSourceId: string
  externalId: string
  contentVersion: string
}

/** Something that was found in a document or in what lies in it: `path` leads to it from the parent, `holder` is what it lies in. */
export type Found = Attachment & { holder: string; path: string }
/** The same with its place here. Without an id it is no document, for the reason. */
export type Placed = { externalId: string } & (
  | { documentId: string; mediaType: MediaType; holder: string; part: string; path: string }
  | { refused: string }
)

const maxExternalId = 2000
/** A mail in a mail in a mail … is somebody's experiment. */
const maxDepth = 5

/** Notes attachments before anything is sent about them: those that were there keep their ids. */
export async function placeAttachments(db: Db, parent: Parent, found: readonly Found[]): Promise<Placed[]> {
  const known = await db
    .selectFrom('documents')
    .select(['id', 'part'])
    .where('parent_id', '=', parent.documentId)
    .where('state', '=', 'live')
    .execute()
  const ids = new Map(known.map(({ id, part }) => [part, id]))
  const placed: Placed[] = []
  for (const { part, path, holder, mediaType, refused } of found) {
    // No path has two slashes, so that an attachment is never at the place of a file.
    const externalId = `${parent.externalId}//${path}`
    const reason =
      refused ??
      (path.split('//').length > maxDepth ? 'too-deep' : externalId.length > maxExternalId ? 'invalid-name' : undefined)
    const documentId =
      reason === undefined ? await noteOne(db, parent, { id: ids.get(path), part: path, externalId }) : undefined
    if (documentId !== undefined && mediaType !== undefined)
      placed.push({ externalId, documentId, mediaType, holder, part, path })
    else placed.push({ externalId: externalId.slice(0, maxExternalId), refused: reason ?? 'name-taken' })
  }
  return placed
}

/** What came of an attachment: acknowledged under these facts, and refused by retrieval or not; or no document. */
export type Outcome =
  | { externalId: string; documentId: string; hash: string; revision: number; rejected: string | null }
  | { externalId: string; refused: string }

/** Notes what came of all of them. Those that are not among them any more begin to end. */
export async function settleAttachments(db: Db, documentId: string, outcomes: readonly Outcome[]): Promise<void> {
  const kept: string[] = []
  for (const outcome of outcomes) {
    if ('refused' in outcome) continue
    const { documentId: id, hash, revision, rejected } = outcome
    kept.push(id)
    await db
      .updateTable('documents')
      .set({ access_hash: hash, access_revision: revision, rejected, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute()
  }
  await noteRefused(db, documentId, outcomes)
  await sql`update documents set state = 'removing' where parent_id = ${documentId} and state = 'live' and id <> all(${kept}::text[])`.execute(
    db,
  )
}

async function noteRefused(db: Db, documentId: string, outcomes: readonly Outcome[]): Promise<void> {
  const refused = outcomes.flatMap((one) =>
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
export const standingAttachments = (db: Db, documentId: string) =>
  db
    .selectFrom('documents')
    .select(['id as documentId', 'external_id as externalId'])
    .where('parent_id', '=', documentId)
    .where('state', '=', 'live')
    .where('rejected', 'is', null)
    .orderBy('external_id')
    .execute()

export const attachmentIds = async (db: Db, documentId: string): Promise<string[]> =>
  (await db.selectFrom('documents').select('id').where('parent_id', '=', documentId).execute()).map(({ id }) => id)

/** With what they lie in, those begin to end that lie in it. */
export const endAttachments = (db: Db, documentId: string) => settleAttachments(db, documentId, [])
