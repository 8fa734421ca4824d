import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { aliasOf, isAlias } from './aliases.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import type { LogRow } from './row.ts'
import { toCheckpoint, toLogRow } from './stored-row.ts'

/** What to list. Every condition given must hold. */
export type RowFilter = {
  /** Who asked: a name or its alias. */
  subject?: string | undefined
  /** Queries about this document, or by its alias. */
  document?: string | undefined
  kinds?: readonly string[] | undefined
  decisionId?: string | undefined
  /** ISO times: from the first on, before the second. */
  from?: string | undefined
  to?: string | undefined
  fromRevision?: number | undefined
  toRevision?: number | undefined
}
export type RowPage = {
  /** Where the last page ended: a sequence. */
  after?: number | undefined
  limit: number
  newestFirst?: boolean | undefined
}
export type ListedRow = LogRow & { rowHash: string }

/** Rows in the order of the log. `next` is the cursor of the next page, absent where there is none. */
export async function listRows(
  db: Kysely<AccessTables>,
  workspaceId: string,
  filter: RowFilter,
  { after, limit, newestFirst = false }: RowPage,
): Promise<{ rows: ListedRow[]; next?: number }> {
  const subject = filter.subject === undefined ? undefined : await aliasOfName(db, workspaceId, filter.subject)
  const documents =
    filter.document === undefined ? undefined : await aliasesOfDocument(db, workspaceId, filter.document)
  // A name that the log has never mentioned is in no row.
  if (subject === '') return { rows: [] }
  let query = db.selectFrom('log_rows').selectAll().where('workspace_id', '=', workspaceId)
  if (after !== undefined) query = query.where('sequence', newestFirst ? '<' : '>', after)
  if (subject !== undefined) query = query.where(sql<boolean>`body ->> 'subject' = ${subject}`)
  if (documents) query = query.where(mentions(documents))
  if (filter.kinds) query = query.where('kind', 'in', filter.kinds)
  if (filter.decisionId) query = query.where('id', '=', filter.decisionId)
  if (filter.from) query = query.where('at', '>=', new Date(filter.from))
  if (filter.to) query = query.where('at', '<', new Date(filter.to))
  if (filter.fromRevision !== undefined) query = query.where('revision', '>=', filter.fromRevision)
  if (filter.toRevision !== undefined) query = query.where('revision', '<=', filter.toRevision)
  const found = await query
    .orderBy('sequence', newestFirst ? 'desc' : 'asc')
    .limit(limit + 1)
    .execute()
  const rows = found.slice(0, limit).map((row) => ({ ...toLogRow(row), rowHash: row.row_hash }))
  const last = rows.at(-1)
  return found.length > limit && last ? { rows, next: last.sequence } : { rows }
}

export type CheckpointCursor = { sequence: number; at: string }

/** Newest first; `after` is the last one seen. */
export async function listCheckpoints(
  db: Kysely<AccessTables>,
  workspaceId: string,
  { after, limit }: { after?: CheckpointCursor | undefined; limit: number },
): Promise<{ checkpoints: SignedCheckpoint[]; next?: CheckpointCursor }> {
  let query = db.selectFrom('log_checkpoints').selectAll().where('workspace_id', '=', workspaceId)
  if (after) query = query.where(sql<boolean>`(sequence, at) < (${after.sequence}, ${after.at}::timestamptz)`)
  const found = await query
    .orderBy('sequence', 'desc')
    .orderBy('at', 'desc')
    .limit(limit + 1)
    .execute()
  const checkpoints = found.slice(0, limit).map(toCheckpoint)
  const last = checkpoints.at(-1)
  return found.length > limit && last
    ? { checkpoints, next: { sequence: last.sequence, at: last.at } }
    : { checkpoints }
}

/** Empty where the log never mentioned the name. */
async function aliasOfName(db: Kysely<AccessTables>, workspaceId: string, name: string): Promise<string> {
  if (isAlias(name)) return name
  const row = await db
    .selectFrom('log_aliases')
    .select('alias')
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.alias ?? ''
}

/** By its own salt; and by the workspace's, which stands for it as long as nobody knows it. */
async function aliasesOfDocument(db: Kysely<AccessTables>, workspaceId: string, documentId: string): Promise<string[]> {
  if (isAlias(documentId)) return [documentId]
  const { rows } = await sql<{ salt: string }>`
    select log_salt as salt from documents
      where workspace_id = ${workspaceId} and document_id = ${documentId} and log_salt is not null
    union all select salt from log_heads where workspace_id = ${workspaceId}`.execute(db)
  return rows.map(({ salt }) => aliasOf(salt, documentId))
}

const mentions = (aliases: readonly string[]) =>
  sql<boolean>`body @> any(${aliases.map((document) => JSON.stringify({ outcomes: [{ documents: [[document]] }] }))}::text[]::jsonb[])`
