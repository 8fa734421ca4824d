import { createHash } from 'node:crypto'
import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import { termsOfRow } from '../../words/row-terms.ts'
import { impactsOf } from '../ranking.ts'
import { foldedAuthor, type IndexRow, type RowAccess, rowIdOf } from '../search-index.ts'
import type { WorkspaceTables } from './tables.ts'

/** Rows of one statement. */
const batch = 200

/** As they come in JSON. */
const columnTypes: Readonly<Record<string, string>> = {
  ...{ row_id: 'text', passage_id: 'text', document_id: 'text', data_source_id: 'text', space: 'text' },
  ...{ content_version: 'text', view: 'text', hash: 'text', revision: 'bigint' },
  ...{ authors: 'text[]', media_type: 'text', updated_at_ms: 'bigint' },
  ...{ terms: 'text', impacts: 'text[]', vector: 'text' },
}

/** The texts themselves stay in the registry. */
function foundBy(row: IndexRow) {
  const terms = termsOfRow(row)
  return { terms: terms.join(' '), impacts: impactsOf(terms) }
}

/** Of the vectors in a table; undefined where there is none. */
export async function dimensionsOf(pglite: PgliteWorker, { rows }: WorkspaceTables): Promise<number | undefined> {
  const found = await pglite.query<{ dimensions: number }>(
    `select vector_dims(vector) as dimensions from ${rows} where vector is not null limit 1`,
  )
  return found.rows[0]?.dimensions
}

/** Puts rows, some at a time. Returns those that it will never take. */
export async function putRows(pglite: PgliteWorker, tables: WorkspaceTables, rows: readonly IndexRow[]) {
  const dimensions = await dimensionsOf(pglite, tables)
  const refused: { rowId: string; reason: string }[] = []
  for (const some of batches(rows)) refused.push(...(await putFitting(pglite, tables, some, dimensions)))
  return refused
}

/** Vectors of other dimensions than the first could not be compared with it. */
async function putFitting(
  pglite: PgliteWorker,
  tables: WorkspaceTables,
  some: readonly IndexRow[],
  known: number | undefined,
): Promise<{ rowId: string; reason: string }[]> {
  const dimensions = known ?? some.find(({ vector }) => vector)?.vector?.length
  const fits = ({ vector }: IndexRow) => vector === undefined || vector.length === dimensions
  await put(pglite, tables, some.filter(fits))
  return some
    .filter((row) => !fits(row))
    .map((row) => ({
      rowId: rowIdOf(row),
      reason: `Its vector has ${row.vector?.length} dimensions, those here have ${dimensions}.`,
    }))
}

async function put(
  pglite: PgliteWorker,
  { rows, accessSets }: WorkspaceTables,
  some: readonly IndexRow[],
): Promise<void> {
  await intern(pglite, accessSets, some)
  const values = some.map((row) => ({
    ...foundBy(row),
    row_id: rowIdOf(row),
    passage_id: row.passageId,
    document_id: row.documentId,
    data_source_id: row.dataSourceId,
    space: row.space,
    content_version: row.contentVersion,
    view: row.view,
    hash: row.hash,
    revision: row.revision,
    access_key: keyOf(row),
    authors: row.authors.map(foldedAuthor),
    media_type: row.mediaType ?? null,
    updated_at_ms: row.updatedAtMs ?? null,
    vector: row.vector ? `[${row.vector.join(',')}]` : null,
  }))
  const columns = Object.keys(columnTypes)
  await pglite.query(
    `insert into ${rows} (access_set, ${columns.join(', ')})
      select s.id, ${columns.map((column) => (column === 'vector' ? 'vector::vector' : `r.${column}`)).join(', ')}
      from jsonb_to_recordset($1::jsonb) as r (access_key text, ${columns.map((column) => `${column} ${columnTypes[column]}`).join(', ')})
      join ${accessSets} s on s.key = r.access_key
    on conflict (row_id) do update set access_set = excluded.access_set, ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [JSON.stringify(values)],
  )
}

/** Replaces the access of rows, some at a time. Returns those that are not there. */
export async function updateAccess(
  pglite: PgliteWorker,
  tables: WorkspaceTables,
  updates: readonly { rowIds: readonly string[]; access: RowAccess }[],
): Promise<string[]> {
  const missing: string[] = []
  const rows = updates.flatMap(({ rowIds, access }) => rowIds.map((rowId) => ({ rowId, access })))
  for (const some of batches(rows)) missing.push(...(await updateSome(pglite, tables, some)))
  return missing
}

async function updateSome(
  pglite: PgliteWorker,
  { rows, accessSets }: WorkspaceTables,
  some: readonly { rowId: string; access: RowAccess }[],
): Promise<string[]> {
  await intern(
    pglite,
    accessSets,
    some.map(({ access }) => access),
  )
  const values = some.map(({ rowId, access }) => ({
    row_id: rowId,
    access_key: keyOf(access),
    space: access.space,
    revision: access.revision,
  }))
  const updated = await pglite.query<{ row_id: string }>(
    `update ${rows} t set access_set = s.id, space = r.space, revision = r.revision
      from jsonb_to_recordset($1::jsonb) as r (row_id text, access_key text, space text, revision bigint)
      join ${accessSets} s on s.key = r.access_key
      where t.row_id = r.row_id returning t.row_id`,
    [JSON.stringify(values)],
  )
  const found = new Set(updated.rows.map((row) => row.row_id))
  return some.map(({ rowId }) => rowId).filter((id) => !found.has(id))
}

async function intern(pglite: PgliteWorker, accessSets: string, some: readonly RowAccess[]): Promise<void> {
  const sets = new Map(some.map((access) => [keyOf(access), setOf(access)]))
  await pglite.query(
    `insert into ${accessSets} (key, allow, deny, deny_agents, pairs)
      select key, ${['allow', 'deny', 'deny_agents', 'pairs'].map((name) => `array(select jsonb_array_elements_text(${name}))`).join(', ')}
      from jsonb_to_recordset($1::jsonb) as r (key text, allow jsonb, deny jsonb, deny_agents jsonb, pairs jsonb)
    on conflict (key) do nothing`,
    [JSON.stringify(Array.from(sets, ([key, set]) => ({ key, ...set })))],
  )
}

const setOf = ({ allow, deny, denyAgents, pairs }: RowAccess) => ({
  allow: allow.toSorted(),
  deny: deny.toSorted(),
  deny_agents: denyAgents.toSorted(),
  pairs: pairs.toSorted(),
})

const keyOf = (access: RowAccess) =>
  createHash('sha256')
    .update(JSON.stringify(setOf(access)))
    .digest('base64url')

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += batch) yield items.slice(start, start + batch)
}
