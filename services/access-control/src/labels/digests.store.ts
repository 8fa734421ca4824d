import type { Kysely } from 'kysely'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import { touchDocument } from '../index/known-passages.store.ts'
import { findStanding, layerOf } from '../sources/documents.store.ts'
import { labelSet } from '../decide/facts.ts'

export type Place = { readonly documentId: string; readonly passageId: string }

/** The digest of a passage that was proposed or approved, whether it exists or not. */
export const findDigest = (db: Kysely<AccessTables>, workspaceId: string, { documentId, passageId }: Place) =>
  db
    .selectFrom('passage_variants')
    .select(['state', 'hash', 'labels', 'content_version', 'proposer'])
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', documentId)
    .where('passage_id', '=', passageId)
    .where('variant', '=', 'digest')
    .where('to_rev', 'is', null)
    .executeTakeFirst()

/** What stands now: a digest is bound to both. Undefined for an unknown document. */
export async function findCurrent(
  db: Kysely<AccessTables>,
  workspaceId: string,
  { documentId, passageId }: Place,
): Promise<{ contentVersion: string; labels: string[] } | undefined> {
  const document = (await findStanding(db, workspaceId, { documentIds: [documentId] })).documents.get(documentId)
  const contentVersion = document && layerOf(document, 'source')?.content_version
  if (!document || document.deleted || !contentVersion) return undefined
  const own = document.passages.filter(({ passage_id }) => passage_id === passageId)
  return { contentVersion, labels: labelSet(...[...document.layers, ...own].map(({ labels }) => labels)) }
}

export type Digest = {
  readonly state: 'proposed' | 'approved'
  readonly hash: string
  readonly labels: readonly string[]
  readonly contentVersion: string
  readonly proposer: string
  readonly approver: string | null
}

/** Ends the digest of a passage, and puts another in its place, if there is one. */
export async function replaceDigest(change: Change, place: Place, digest?: Digest): Promise<void> {
  const { trx, workspaceId, revision } = change
  await touchDocument(change, place.documentId)
  await trx
    .updateTable('passage_variants')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', place.documentId)
    .where('passage_id', '=', place.passageId)
    .where('variant', '=', 'digest')
    .where('to_rev', 'is', null)
    .execute()
  if (!digest) return
  await trx
    .insertInto('passage_variants')
    .values({
      workspace_id: workspaceId,
      document_id: place.documentId,
      passage_id: place.passageId,
      variant: 'digest',
      state: digest.state,
      hash: digest.hash,
      labels: [...digest.labels],
      marked: [],
      content_version: digest.contentVersion,
      proposer: digest.proposer,
      approver: digest.approver,
      from_rev: revision,
      to_rev: null,
    })
    .execute()
}
