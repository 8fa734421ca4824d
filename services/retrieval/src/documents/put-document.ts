import type { InputOf } from '@tessera/shared/bus/contract'
import type { Call } from '@tessera/shared/bus/call'
import { retrievalFaults, type retrievalContract } from '@tessera/shared/contracts/retrieval'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { RetrievalDatabase, RetrievalTransaction } from '../database.ts'
import type { Block } from '../normalise/block.ts'
import type { KeyedPassage, Keys } from '../normalise/passage-ids.ts'
import type { Reader } from '../normalise/reader.ts'
import { dropPassages, renewedWork } from './registry.ts'
import { speaksFor } from './speaks-for.ts'

export type PutDocumentDeps = { db: RetrievalDatabase; reader: Pick<Reader, 'read'>; keys: Keys; workWaits: () => void }

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
    const stored = await inTransaction(db, (trx) =>
      store(trx, { workspaceId: caller.workspaceId, content, title, blocks, passages }),
    )
    if (stored === 'foreign') return notFound()
    workWaits()
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

async function store(trx: RetrievalTransaction, version: Version): Promise<'stored' | 'ignored' | 'foreign'> {
  const { workspaceId, content } = version
  const values = valuesOf(version)
  const inserted = await trx
    .insertInto('documents')
    .values({ workspace_id: workspaceId, document_id: content.documentId, ...values })
    .onConflict((conflict) => conflict.doNothing())
    .returning('document_id')
    .executeTakeFirst()
  if (!inserted) {
    const found = await replaceOlder(trx, version, values)
    if (found !== 'stored') return found
  }
  await storeContent(trx, version)
  return 'stored'
}

const valuesOf = ({ content, title, passages }: Version) => ({
  data_source_id: content.dataSourceId,
  external_id: content.externalId,
  content_version: content.contentVersion,
  access_revision: content.accessRevision,
  title,
  url: content.url ?? null,
  updated_at: content.updatedAt ?? null,
  passage_count: passages.length,
  failure: null,
})

async function replaceOlder(trx: RetrievalTransaction, version: Version, values: ReturnType<typeof valuesOf>) {
  const { workspaceId, content } = version
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
  await trx
    .updateTable('documents')
    .set(values)
    .where((where) => where.and(here))
    .execute()
  await dropPassages(trx, here)
  return 'stored'
}

const isOlder = (content: Content, old: { access_revision: number; content_version: string }) =>
  content.accessRevision < old.access_revision ||
  (content.accessRevision === old.access_revision && content.contentVersion < old.content_version)

/** Passages, blocks and the work for the index in one statement: it is most of what a push costs here. */
async function storeContent(trx: RetrievalTransaction, { workspaceId, content, blocks, passages }: Version) {
  const rows = passages.map(({ ordinal, passageId, headings, text, hash, firstBlock, lastBlock }) => ({
    ordinal,
    passage_id: passageId,
    headings,
    text,
    hash,
    first_block: firstBlock,
    last_block: lastBlock,
  }))
  await sql`with made as (
      insert into passages (workspace_id, document_id, ordinal, passage_id, headings, text, hash, first_block, last_block)
      select ${workspaceId}, ${content.documentId}, p.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p
        (ordinal integer, passage_id text, headings text[], text text, hash text, first_block integer, last_block integer)
      returning passage_id
    ), kept as (
      delete from stale_rows where workspace_id = ${workspaceId} and passage_id in (select passage_id from made)
    ), blocks as (
      insert into document_blocks values (${workspaceId}, ${content.documentId}, ${JSON.stringify(blocks)}::jsonb)
      on conflict (workspace_id, document_id) do update set blocks = excluded.blocks
    ) insert into index_work (workspace_id, document_id) values (${workspaceId}, ${content.documentId})
      on conflict (workspace_id, document_id) do update set ${renewedWork}`.execute(trx)
}
