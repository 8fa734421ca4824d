import { createHash } from 'node:crypto'
import type { Mark } from '@tessera/shared/contracts/retrieval'
import { newId } from '@tessera/shared/ids/ids'
import type { DocumentRow } from '../database.ts'
import type { ListedDocument, ReadOutcome, SkipReason, SourceContent } from '../sources/source.ts'
import { eachAtMost } from './each-at-most.ts'
import type { ListedContext } from './sync-context.ts'

type Content = Extract<ReadOutcome, SourceContent>

/** What a batch does about one listed document. */
export type Planned =
  | { kind: 'unchanged'; listed: ListedDocument; row: DocumentRow; fingerprint: string | null }
  | {
      kind: 'skipped'
      listed: ListedDocument
      reason: SkipReason
      /** What was known of it ends. */ ends?: DocumentRow
    }
  /** Its content is to be sent under `contentVersion`: it is new, changed, moved here, or was not acknowledged. */
  | {
      kind: 'send'
      listed: ListedDocument
      documentId: string
      contentVersion: string
      hash: string
      content: Content
      marks: readonly Mark[]
      /** Absent: it is new. */
      row?: DocumentRow
      moved: boolean
    }

export type Send = Extract<Planned, { kind: 'send' }>

/** Reads what may have changed and says what is to be done. Nothing is written here. */
export async function planBatch(context: ListedContext, batch: readonly ListedDocument[]): Promise<Planned[]> {
  const rows = await knownDocuments(context, batch)
  const planned = await eachAtMost(context.options.documentsAtOnce, batch, async (listed) => {
    const row = rows.get(listed.externalId)
    if (row && !row.pending && row.fingerprint === listed.fingerprint) return settled(listed, row, row.fingerprint)
    const { marks = [] } = context.listing.accessOf(listed.externalId)
    return planFrom(listed, row, await context.listing.read(listed), marks)
  })
  return takeMovesFrom(planned, await vanishedWithSameContent(context, planned))
}

async function knownDocuments({ db, lease }: ListedContext, batch: readonly ListedDocument[]) {
  const rows = await db
    .selectFrom('documents')
    .selectAll()
    .where('data_source_id', '=', lease.dataSource.id)
    .where('state', '=', 'live')
    .where(
      'external_id',
      'in',
      batch.map(({ externalId }) => externalId),
    )
    .execute()
  return new Map(rows.map((row) => [row.external_id, row]))
}

/** Nothing changed. Content that retrieval refused is still refused. */
const settled = (listed: ListedDocument, row: DocumentRow, fingerprint: string | null): Planned =>
  row.rejected === null
    ? { kind: 'unchanged', listed, row, fingerprint }
    : { kind: 'skipped', listed, reason: row.rejected as SkipReason }

function planFrom(
  listed: ListedDocument,
  row: DocumentRow | undefined,
  read: ReadOutcome,
  marks: readonly Mark[],
): Planned {
  switch (read.kind) {
    case 'gone':
      return { kind: 'skipped', listed, reason: 'gone', ...(row ? { ends: row } : {}) }
    case 'unusable':
      return { kind: 'skipped', listed, reason: read.reason, ...(row ? { ends: row } : {}) }
    case 'unreadable':
      return { kind: 'skipped', listed, reason: read.reason }
    case 'text':
    case 'file': {
      const hash = hashOf(read, marks)
      const same = row?.content_hash === hash
      if (row && same && !row.pending) return settled(listed, row, read.fingerprint ?? null)
      return {
        kind: 'send',
        listed,
        documentId: row?.id ?? newId('doc'),
        contentVersion: row && same ? row.content_version : newId('ver'),
        hash,
        content: read,
        marks,
        moved: false,
        ...(row ? { row } : {}),
      }
    }
  }
}

/** Marks are content: under others, its passages are to be made anew. */
function hashOf(content: Content, marks: readonly Mark[]): string {
  if (content.kind === 'file' && marks.length === 0) return content.sha256
  const hash = createHash('sha256').update(content.kind === 'text' ? content.text : content.sha256)
  return (marks.length > 0 ? hash.update(`\0${JSON.stringify(marks)}`) : hash).digest('hex')
}

/** Documents whose place has gone from the source and whose content has appeared at a new place, by that content's hash. */
async function vanishedWithSameContent({ db, lease, listing }: ListedContext, planned: readonly Planned[]) {
  const hashes = planned.flatMap((one) => (one.kind === 'send' && !one.row ? [one.hash] : []))
  if (hashes.length === 0) return []
  const rows = await db
    .selectFrom('documents')
    .selectAll()
    .where('data_source_id', '=', lease.dataSource.id)
    .where('state', '=', 'live')
    .where('content_hash', 'in', hashes)
    .where('parent_id', 'is', null)
    .orderBy('external_id')
    .execute()
  return rows.filter(({ external_id: place }) => !listing.has(place) && !listing.unknown(place))
}

/** A moved document keeps its id. It gets a new content version, because its title may come from its place. */
function takeMovesFrom(planned: readonly Planned[], vanished: DocumentRow[]): Planned[] {
  return planned.map((one) => {
    if (one.kind !== 'send' || one.row) return one
    const index = vanished.findIndex((row) => row.content_hash === one.hash)
    const [row] = index === -1 ? [] : vanished.splice(index, 1)
    return row ? { ...one, documentId: row.id, row, moved: true } : one
  })
}
