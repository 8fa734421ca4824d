import type { MediaType } from '@tessera/shared/contracts/media-types'
import type { Place } from '@tessera/shared/contracts/retrieval/passages'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import type { Marking } from '../redact/marking.ts'

/** A passage of the current version of its document, as the registry holds it. Whether anybody may see it is not said here. */
export type RegistryPassage = {
  passageId: string
  documentId: string
  dataSourceId: string
  contentVersion: string
  title: string
  headings: string[]
  text: string
  hash: string
  url: string | null
  externalId: string
  authors: string[]
  mediaType: MediaType | null
  updatedAt: string | null
  ordinal: number
  firstBlock: number
  lastBlock: number
  startCharacter: number | null
  endCharacter: number | null
  place: Place | null
  marking: Marking | null
  /** What there is of it below the full view. */
  variants: readonly RegistryVariant[]
}
export type RegistryVariant = {
  view: 'redacted' | 'digest'
  hash: string
  title: string
  headings: string[]
  text: string
}

export type PassagesStore = ReturnType<typeof createPassagesStore>

/** Reads of the registry. They answer whatever is asked of them, so their results go through the check before anybody sees them. */
export function createPassagesStore(db: RetrievalDatabase) {
  const passages = (workspaceId: string) =>
    db
      .selectFrom('passages as p')
      .innerJoin('documents as d', (join) =>
        join.onRef('d.workspace_id', '=', 'p.workspace_id').onRef('d.document_id', '=', 'p.document_id'),
      )
      .where('p.workspace_id', '=', workspaceId)
      .where('d.removed', '=', false)
      .select([
        'p.passage_id as passageId',
        'p.document_id as documentId',
        'd.data_source_id as dataSourceId',
        'd.content_version as contentVersion',
        'd.title',
        'p.headings',
        'p.text',
        'p.hash',
        'd.url',
        'd.external_id as externalId',
        'd.authors',
        'd.media_type as mediaType',
        'd.updated_at as updatedAt',
        'p.ordinal',
        'p.first_block as firstBlock',
        'p.last_block as lastBlock',
        'p.start_character as startCharacter',
        'p.end_character as endCharacter',
        'p.place',
        'p.marking',
        'd.variants as mayHaveVariants',
      ])
  /** Most passages have none, and are not asked for them. */
  const withVariants = async (
    workspaceId: string,
    found: (Omit<RegistryPassage, 'variants'> & { mayHaveVariants: boolean })[],
  ): Promise<RegistryPassage[]> => {
    const ids = found.filter(({ mayHaveVariants }) => mayHaveVariants).map(({ passageId }) => passageId)
    const variants = ids.length === 0 ? [] : await variantsOf(db, workspaceId, ids)
    const byPassage = Map.groupBy(variants, ({ passageId }) => passageId)
    return found.map((passage) => ({ ...passage, variants: byPassage.get(passage.passageId) ?? [] }))
  }
  return {
    async uncheckedByIds(workspaceId: string, passageIds: readonly string[]): Promise<RegistryPassage[]> {
      if (passageIds.length === 0) return []
      const found = await passages(workspaceId)
        .where('p.passage_id', 'in', [...passageIds])
        .execute()
      return withVariants(workspaceId, found)
    },
    /** A passage and those that stand at most `reach` places before and after it, in the order of the document. */
    async uncheckedWithNeighbours(workspaceId: string, passageId: string, reach: number): Promise<RegistryPassage[]> {
      const found = await passages(workspaceId)
        .innerJoin('passages as m', (join) =>
          join.onRef('m.workspace_id', '=', 'p.workspace_id').onRef('m.document_id', '=', 'p.document_id'),
        )
        .where('m.passage_id', '=', passageId)
        .where((where) => where.between('p.ordinal', where('m.ordinal', '-', reach), where('m.ordinal', '+', reach)))
        .orderBy('p.ordinal')
        .execute()
      return withVariants(workspaceId, found)
    },
    /** What stands within `reach` of any of these passages, they themselves included. */
    async uncheckedAround(
      workspaceId: string,
      passageIds: readonly string[],
      reach: number,
    ): Promise<RegistryPassage[]> {
      const found = await passages(workspaceId)
        .where(
          sql<boolean>`exists (select from passages m where m.workspace_id = p.workspace_id and m.document_id = p.document_id
            and m.passage_id = any(${passageIds}::text[]) and p.ordinal between m.ordinal - ${reach}::integer and m.ordinal + ${reach}::integer)`,
        )
        .where('p.document_id', 'in', (documents) =>
          documents
            .selectFrom('passages as f')
            .select('f.document_id')
            .where('f.workspace_id', '=', workspaceId)
            .where(sql<boolean>`f.passage_id = any(${passageIds}::text[])`),
        )
        .orderBy('p.document_id')
        .orderBy('p.ordinal')
        .execute()
      return withVariants(workspaceId, found)
    },
    /** In its order, from the place `from` on. */
    async uncheckedOfDocument(
      workspaceId: string,
      documentId: string,
      { from, count }: { from: number; count: number },
    ): Promise<RegistryPassage[]> {
      const found = await passages(workspaceId)
        .where('p.document_id', '=', documentId)
        .where('p.ordinal', '>=', from)
        .orderBy('p.ordinal')
        .limit(count)
        .execute()
      return withVariants(workspaceId, found)
    },
    /** The place behind a passage; undefined where the document has no such passage. */
    async ordinalBehind(workspaceId: string, documentId: string, passageId: string): Promise<number | undefined> {
      const row = await db
        .selectFrom('passages')
        .select('ordinal')
        .where('workspace_id', '=', workspaceId)
        .where('passage_id', '=', passageId)
        .where('document_id', '=', documentId)
        .executeTakeFirst()
      return row && row.ordinal + 1
    },
    async isIndexed(workspaceId: string, documentId: string): Promise<boolean> {
      const row = await db
        .selectFrom('documents')
        .select('document_id')
        .where('workspace_id', '=', workspaceId)
        .where('document_id', '=', documentId)
        .whereRef('indexed_version', '=', 'content_version')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

const variantsOf = (db: RetrievalDatabase, workspaceId: string, passageIds: readonly string[]) =>
  db
    .selectFrom('passage_variants')
    .select(['passage_id as passageId', 'view', 'hash', 'title', 'headings', 'text'])
    .where('workspace_id', '=', workspaceId)
    .where(sql<boolean>`passage_id = any(${passageIds}::text[])`)
    .execute()
