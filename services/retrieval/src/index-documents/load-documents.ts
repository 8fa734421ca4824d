import type { Mark } from '@tessera/shared/contracts/retrieval'
import type { MediaType } from '@tessera/shared/contracts/media-types'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import type { Block } from '../extract/block.ts'
import type { Marking } from '../redact/marking.ts'

/** What is stored of a passage below the full view. */
export type StoredVariant = {
  view: 'redacted' | 'digest'
  hash: string
  title: string
  headings: readonly string[]
  text: string
}
export type StoredPassage = {
  passageId: string
  headings: readonly string[]
  text: string
  hash: string
  firstBlock: number
  lastBlock: number
  marking: Marking | null
  redacted: StoredVariant | undefined
  digest: StoredVariant | undefined
  /** Texts that were proposed in its place. */
  digests: readonly { hash: string; text: string }[]
}

/** What the registry holds of a document, for its rows. */
export type StoredDocument = {
  documentId: string
  dataSourceId: string
  contentVersion: string
  title: string
  externalId: string
  url: string | null
  authors: readonly string[]
  mediaType: MediaType | null
  updatedAt: string | null
  marks: readonly Mark[]
  ruleVersion: number
  labelled: boolean
  /** It has, or had, something below the full view. */
  variants: boolean
  removed: boolean
  indexedVersion: string | null
  indexedRows: string | null
  /** Why it cannot be in the live index, or in the next one. */
  failure: string | null
  nextFailure: string | null
  passages: readonly StoredPassage[]
  /** Passages that are gone, and whose rows may still be there. */
  stalePassages: readonly string[]
}

/** For no reader: the indexer sees every document. */
export async function uncheckedLoadDocuments(
  db: RetrievalDatabase,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<StoredDocument[]> {
  const isOneOfThem = sql<boolean>`workspace_id = ${workspaceId} and document_id = any(${documentIds}::text[])`
  // One snapshot would cost a transaction; a document that changes between these is done again (its generation was raised).
  const [documents, passages, stale] = await Promise.all([
    db.selectFrom('documents').selectAll().where(isOneOfThem).execute(),
    db
      .selectFrom('passages')
      .select(['document_id', 'passage_id', 'headings', 'text', 'hash', 'first_block', 'last_block', 'marking'])
      .where(isOneOfThem)
      .orderBy('ordinal')
      .execute(),
    db.selectFrom('stale_rows').select(['document_id', 'passage_id']).where(isOneOfThem).execute(),
  ])
  const below = await loadBelowFull(
    db,
    workspaceId,
    documents.filter(({ variants }) => variants).map((row) => row.document_id),
  )
  const passagesOf = Map.groupBy(passages, (row) => row.document_id)
  const staleOf = Map.groupBy(stale, (row) => row.document_id)
  return documents.map((row) => ({
    documentId: row.document_id,
    dataSourceId: row.data_source_id,
    contentVersion: row.content_version,
    title: row.title,
    externalId: row.external_id,
    url: row.url,
    authors: row.authors,
    mediaType: row.media_type,
    updatedAt: row.updated_at,
    marks: row.marks ?? [],
    ruleVersion: row.rule_version,
    labelled: row.labelled,
    variants: row.variants,
    removed: row.removed,
    indexedVersion: row.indexed_version,
    indexedRows: row.indexed_rows,
    failure: row.failure,
    nextFailure: row.next_failure,
    passages: (passagesOf.get(row.document_id) ?? []).map(
      ({ passage_id, headings, text, hash, first_block, last_block, marking }) => ({
        passageId: passage_id,
        headings,
        text,
        hash,
        firstBlock: first_block,
        lastBlock: last_block,
        marking,
        ...below(passage_id),
      }),
    ),
    stalePassages: (staleOf.get(row.document_id) ?? []).map(({ passage_id }) => passage_id),
  }))
}

async function loadBelowFull(db: RetrievalDatabase, workspaceId: string, documentIds: readonly string[]) {
  if (documentIds.length === 0) return () => ({ redacted: undefined, digest: undefined, digests: [] })
  const isOneOfThem = sql<boolean>`workspace_id = ${workspaceId} and document_id = any(${documentIds}::text[])`
  const [variants, digests] = await Promise.all([
    db
      .selectFrom('passage_variants')
      .select(['passage_id', 'view', 'hash', 'title', 'headings', 'text'])
      .where(isOneOfThem)
      .execute(),
    db.selectFrom('digests').select(['passage_id', 'hash', 'text']).where(isOneOfThem).execute(),
  ])
  const variantsOf = Map.groupBy(variants, (row) => row.passage_id)
  const digestsOf = Map.groupBy(digests, (row) => row.passage_id)
  return (passageId: string) => {
    const of = (view: StoredVariant['view']): StoredVariant | undefined => {
      const found = variantsOf.get(passageId)?.find((row) => row.view === view)
      return found && { view, hash: found.hash, title: found.title, headings: found.headings, text: found.text }
    }
    const proposed = (digestsOf.get(passageId) ?? []).map(({ hash, text }) => ({ hash, text }))
    return { redacted: of('redacted'), digest: of('digest'), digests: proposed }
  }
}

/** The blocks of some documents, for those who go through them again. */
export async function uncheckedLoadBlocks(
  db: RetrievalDatabase,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Block[]>> {
  const rows = await db
    .selectFrom('document_blocks')
    .select(['document_id', 'blocks'])
    .where('workspace_id', '=', workspaceId)
    .where(sql<boolean>`document_id = any(${documentIds}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.document_id, row.blocks]))
}
