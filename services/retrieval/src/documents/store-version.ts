import type { InputOf } from '@tessera/shared/bus/contract'
import type { Attachment, retrievalContract } from '@tessera/shared/contracts/retrieval'
import { prepared } from '@tessera/shared/database/prepared'
import { sql } from 'kysely'
import type { RetrievalDatabase, RetrievalTransaction } from '../database.ts'
import type { Block } from '../extract/block.ts'
import type { KeyedPassage } from '../passages/passage-ids.ts'
import { carriesLabels, type Marking } from '../redact/marking.ts'
import { dropPassages, renewedWork } from './registry.ts'

type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

/** One version of a document, read, split and marked. */
export type Version = {
  workspaceId: string
  content: Content
  title: string
  /** As its source names them, else as it says itself. */
  authors: readonly string[]
  blocks: readonly Block[]
  passages: readonly KeyedPassage[]
  /** By passage, in the same order. */
  markings: readonly (Marking | null)[]
  ruleVersion: number
  /** What lies in it. */
  attachments: readonly Attachment[]
}

type Stored = Pick<Content, 'contentVersion' | 'accessRevision'>

/** Whether there is nothing to do: it is here already, came late, or its document was removed for good. */
export const isSettled = (content: Stored, old: Stored & { removed: boolean; failure: string | null }) =>
  old.removed || isOlder(content, old) || (old.contentVersion === content.contentVersion && old.failure === null)

const isOlder = (content: Stored, old: Stored) =>
  content.accessRevision < old.accessRevision ||
  (content.accessRevision === old.accessRevision && content.contentVersion < old.contentVersion)

/** What stands of a document before a version of it is stored. */
export const storedVersion = (db: RetrievalDatabase | RetrievalTransaction, workspaceId: string, documentId: string) =>
  db
    .selectFrom('documents')
    .select([
      'data_source_id as dataSourceId',
      'content_version as contentVersion',
      'access_revision as accessRevision',
      'removed',
      'failure',
      'labelled',
      'title',
      'passage_count as passageCount',
      'attachments',
    ])
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', documentId)
    .executeTakeFirst()

/** A document that is new, in one statement: this is most of what a push costs here. Undefined for one that is known. */
export async function storeFirst(db: RetrievalDatabase, version: Version): Promise<'stored' | undefined> {
  const { workspaceId, content, title, authors, passages, ruleVersion } = version
  const { documentId, dataSourceId, externalId, contentVersion, accessRevision, mediaType } = content
  const { url = null, updatedAt = null } = content
  const { numAffectedRows } = await sql`${prepared} with document as (
      insert into documents (workspace_id, document_id, data_source_id, external_id, content_version, access_revision, title, url, updated_at,
        media_type, authors, passage_count, marks, rule_version, labelled, attachments)
      values (${workspaceId}, ${documentId}, ${dataSourceId}, ${externalId}, ${contentVersion}, ${accessRevision}, ${title}, ${url}, ${updatedAt},
        ${mediaType}, ${authors}::text[], ${passages.length}, ${marksOf(content)}::jsonb, ${ruleVersion}, ${isLabelled(version)},
        ${attachmentsOf(version)}::jsonb)
      on conflict do nothing returning workspace_id, document_id
    ), ${contentOf(version)}`.execute(db)
  return numAffectedRows === 0n ? undefined : 'stored'
}

export async function storeNext(
  trx: RetrievalTransaction,
  version: Version,
): Promise<'stored' | 'ignored' | 'foreign'> {
  const { workspaceId, content, title, authors, passages, ruleVersion } = version
  const here = { workspace_id: workspaceId, document_id: content.documentId }
  await sql`select from documents where workspace_id = ${workspaceId} and document_id = ${content.documentId} for update`.execute(
    trx,
  )
  const old = await storedVersion(trx, workspaceId, content.documentId)
  if (!old || old.dataSourceId !== content.dataSourceId) return 'foreign'
  if (isSettled(content, old)) return 'ignored'
  await dropPassages(trx, here)
  const { externalId, contentVersion, accessRevision, mediaType, url = null, updatedAt = null } = content
  await sql`${prepared} with document as (
      update documents set external_id = ${externalId}, content_version = ${contentVersion}, access_revision = ${accessRevision},
        title = ${title}, url = ${url}, updated_at = ${updatedAt}, media_type = ${mediaType}, authors = ${authors}::text[],
        passage_count = ${passages.length}, failure = null,
        marks = ${marksOf(content)}::jsonb, rule_version = ${ruleVersion}, labelled = ${isLabelled(version)},
        attachments = ${attachmentsOf(version)}::jsonb
      where workspace_id = ${workspaceId} and document_id = ${content.documentId} returning workspace_id, document_id
    ), ${contentOf(version)}`.execute(trx)
  // Digests of passages that are still there may be proposed anew; those of others are derived texts of what is gone.
  await sql`delete from digests where workspace_id = ${workspaceId} and document_id = ${content.documentId}
    and passage_id <> all(${passages.map(({ passageId }) => passageId)}::text[])`.execute(trx)
  return 'stored'
}

const marksOf = ({ marks = [] }: Content) => (marks.length === 0 ? null : JSON.stringify(marks))
const attachmentsOf = ({ attachments }: Version) => (attachments.length === 0 ? null : JSON.stringify(attachments))
const isLabelled = ({ markings }: Version) => markings.some(carriesLabels)

/** The rest of a statement that begins with the `document`: its passages, its blocks, and the work for the index. */
function contentOf({ blocks, passages, markings }: Version) {
  const rows = passages.map(
    ({ ordinal, passageId, headings, text, hash, firstBlock, lastBlock, characters, place }, at) => ({
      ordinal,
      passage_id: passageId,
      headings,
      text,
      hash,
      first_block: firstBlock,
      last_block: lastBlock,
      start_character: characters.start,
      end_character: characters.end,
      place,
      marking: markings[at] ?? undefined,
    }),
  )
  return sql`made as (
      insert into passages (workspace_id, document_id, ordinal, passage_id, headings, text, hash, first_block, last_block, start_character, end_character,
        place, marking)
      select document.*, p.* from document, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p
        (ordinal integer, passage_id text, headings text[], text text, hash text, first_block integer, last_block integer, start_character integer,
        end_character integer, place jsonb, marking jsonb)
      returning workspace_id, passage_id
    ), kept as (
      delete from stale_rows using made where stale_rows.workspace_id = made.workspace_id and stale_rows.passage_id = made.passage_id
    ), blocks as (
      insert into document_blocks select document.*, ${JSON.stringify(blocks)}::jsonb from document
      on conflict (workspace_id, document_id) do update set blocks = excluded.blocks
    ) insert into index_work (workspace_id, document_id) select * from document
      on conflict (workspace_id, document_id) do update set ${renewedWork}`
}
