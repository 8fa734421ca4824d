import type { InputOf } from '@tessera/shared/bus/contract'
import type { Call } from '@tessera/shared/bus/call'
import { retrievalFaults, type retrievalContract } from '@tessera/shared/contracts/retrieval'
import { inTransaction } from '@tessera/shared/database/database'
import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { RetrievalDatabase, RetrievalTransaction } from '../database.ts'
import type { Block } from '../normalise/block.ts'
import type { KeyedPassage, Keys } from '../normalise/passage-ids.ts'
import type { Reader } from '../normalise/reader.ts'
import { dropPassages, renewedWork } from './registry.ts'
import { speaksFor } from './speaks-for.ts'

export type PutDocumentDeps = {
  db: RetrievalDatabase
  reader: Pick<Reader, 'read'>
  keys: Keys
  workWaits: (workspaceId: string) => void
}

/** Far above what four megabytes of prose make; a document of more was not written to be read. */
const maxPassages = 20_000

type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

/**
 * Stores content and queues it for the index. Safe to repeat: the same version changes nothing, and one made under older facts than those stored
 * came late and is ignored.
 */
export function createPutDocument({ db, reader, keys, workWaits }: PutDocumentDeps) {
  return async function putDocument(content: Content, { caller }: Call) {
    if (!speaksFor(caller, content.dataSourceId)) return notFound()
    const read = await reader.read(content)
    if (!read.ok) return read
    const { title, blocks, stretches } = read.value
    const passages = keys.keyPassages(content.documentId, stretches)
    if (passages.length > maxPassages) {
      return fail(
        retrievalFaults.fault('too-large', `It makes ${passages.length} passages; ${maxPassages} is the limit.`),
      )
    }
    const version = { workspaceId: caller.workspaceId, content, title, blocks, passages }
    const stored = (await storeFirst(db, version)) ?? (await inTransaction(db, (trx) => storeNext(trx, version)))
    if (stored === 'foreign') return notFound()
    workWaits(caller.workspaceId)
    return ok({ passages: passages.length, title })
  }
}

const notFound = () => fail(retrievalFaults.fault('not-found', 'No such document in this data source.'))

type Version = {
  workspaceId: string
  content: Content
  title: string
  blocks: readonly Block[]
  passages: readonly KeyedPassage[]
}

/** A document that is new, in one statement: this is most of what a push costs here. Undefined for one that is known. */
async function storeFirst(db: RetrievalDatabase, version: Version): Promise<'stored' | undefined> {
  const { workspaceId, content, title, passages } = version
  const { documentId, dataSourceId, externalId, contentVersion, accessRevision, url = null, updatedAt = null } = content
  const { numAffectedRows } = await sql`${prepared} with document as (
      insert into documents (workspace_id, document_id, data_source_id, external_id, content_version, access_revision, title, url, updated_at, passage_count)
      values (${workspaceId}, ${documentId}, ${dataSourceId}, ${externalId}, ${contentVersion}, ${accessRevision}, ${title}, ${url}, ${updatedAt}, ${passages.length})
      on conflict do nothing returning workspace_id, document_id
    ), ${contentOf(version)}`.execute(db)
  return numAffectedRows === 0n ? undefined : 'stored'
}

async function storeNext(trx: RetrievalTransaction, version: Version): Promise<'stored' | 'ignored' | 'foreign'> {
  const { workspaceId, content, title, passages } = version
  const here = { workspace_id: workspaceId, document_id: content.documentId }
  const old = await trx
    .selectFrom('documents')
    .select(['data_source_id', 'content_version', 'access_revision', 'removed', 'failure'])
    .where((where) => where.and(here))
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (old.data_source_id !== content.dataSourceId) return 'foreign'
  if (old.removed || isOlder(content, old)) return 'ignored'
  if (old.content_version === content.contentVersion && old.failure === null) return 'ignored'
  await dropPassages(trx, here)
  const { externalId, contentVersion, accessRevision, url = null, updatedAt = null } = content
  await sql`${prepared} with document as (
      update documents set external_id = ${externalId}, content_version = ${contentVersion}, access_revision = ${accessRevision},
        title = ${title}, url = ${url}, updated_at = ${updatedAt}, passage_count = ${passages.length}, failure = null
      where workspace_id = ${workspaceId} and document_id = ${content.documentId} returning workspace_id, document_id
    ), ${contentOf(version)}`.execute(trx)
  return 'stored'
}

const isOlder = (content: Content, old: { access_revision: number; content_version: string }) =>
  content.accessRevision < old.access_revision ||
  (content.accessRevision === old.access_revision && content.contentVersion < old.content_version)

/** The rest of a statement that begins with the `document`: its passages, its blocks, and the work for the index. */
function contentOf({ blocks, passages }: Version) {
  const rows = passages.map(({ ordinal, passageId, headings, text, hash, firstBlock, lastBlock }) => ({
    ordinal,
    passage_id: passageId,
    headings,
    text,
    hash,
    first_block: firstBlock,
    last_block: lastBlock,
  }))
  return sql`made as (
      insert into passages (workspace_id, document_id, ordinal, passage_id, headings, text, hash, first_block, last_block)
      select document.*, p.* from document, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p
        (ordinal integer, passage_id text, headings text[], text text, hash text, first_block integer, last_block integer)
      returning workspace_id, passage_id
    ), kept as (
      delete from stale_rows using made where stale_rows.workspace_id = made.workspace_id and stale_rows.passage_id = made.passage_id
    ), blocks as (
      insert into document_blocks select document.*, ${JSON.stringify(blocks)}::jsonb from document
      on conflict (workspace_id, document_id) do update set blocks = excluded.blocks
    ) insert into index_work (workspace_id, document_id) select * from document
      on conflict (workspace_id, document_id) do update set ${renewedWork}`
}
