import { createHash } from 'node:crypto'
import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import { queryTerms } from '../../words/query-terms.ts'
import { termsOfRow } from '../../words/row-terms.ts'
import { impactsOf } from '../ranking.ts'
import {
  coversNothing,
  foldedAuthor,
  type IndexAnswer,
  IndexMissing,
  type IndexRow,
  IndexUnavailable,
  type IndexQuery,
  type RowAccess,
  rowIdOf,
  type SearchIndex,
} from '../search-index.ts'
import { findStrictly } from './find-strictly.ts'
import { vectorStatement, wordsStatement } from './query.ts'
import { hitsOf } from './search-rows.ts'
import {
  createSchema,
  createTables,
  definitionVersion,
  searchSchema,
  tablesOf,
  type WorkspaceTables,
} from './tables.ts'

/** Rows of one statement. */
const batch = 200

/**
 * `SearchIndex` in an embedded PostgreSQL of its own, opened with the extensions `vector` and `pg_textsearch`. Nobody else may use that instance.
 */
export function createPgliteIndex({ pglite }: { pglite: PgliteWorker }): SearchIndex {
  let ready: Promise<void> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const opened = () => (ready ??= pglite.exec(createSchema))
  return {
    capabilities: { vectorGraph: false, cancels: false },
    async ensure(workspaceId, embeddingModel) {
      // One after the other: two that begin together would both make the tables.
      const made = turn.then(() => guarded(() => opened().then(() => ensure(pglite, workspaceId, embeddingModel))))
      turn = made.catch(() => undefined)
      return made
    },
    async put(workspaceId, rows) {
      const tables = tablesOf(workspaceId)
      for (const some of batches(rows)) await guarded(() => put(pglite, tables, some))
      return []
    },
    async updateAccess(workspaceId, updates) {
      const tables = tablesOf(workspaceId)
      const missing: string[] = []
      const rows = updates.flatMap(({ rowIds, access }) => rowIds.map((rowId) => ({ rowId, access })))
      for (const some of batches(rows)) missing.push(...(await guarded(() => updateAccess(pglite, tables, some))))
      return missing
    },
    async remove(workspaceId, rowIds) {
      const { rows } = tablesOf(workspaceId)
      await guarded(() => pglite.query(`delete from ${rows} where row_id = any($1::text[])`, [rowIds]))
    },
    // What a statement wrote, the next one sees.
    async refresh() {},
    find: (workspaceId, query) => guarded(() => find(pglite, tablesOf(workspaceId), query)),
    answers: () =>
      pglite.query('select 1').then(
        () => true,
        () => false,
      ),
    // The instance is closed by whoever opened it.
    async close() {},
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (code === '42P01' || code === '3F000') throw new IndexMissing(message, { cause: error })
    // An error without a code is not of the server: the worker thread has ended.
    if (code === undefined) throw new IndexUnavailable(message, { cause: error })
    throw error
  }
}

async function ensure(pglite: PgliteWorker, workspaceId: string, embeddingModel: string | undefined) {
  const definition = `${definitionVersion} ${embeddingModel ?? ''}`
  const tables = tablesOf(workspaceId)
  const { rows } = await pglite.query<{ definition: string }>(
    `select definition from ${searchSchema}.indexes where workspace_id = $1`,
    [workspaceId],
  )
  if (rows[0]?.definition === definition) {
    await pglite.query(
      `delete from ${tables.accessSets} s where not exists (select from ${tables.rows} r where r.access_set = s.id)`,
    )
    return { created: false }
  }
  await pglite.exec(createTables(tables))
  await pglite.query(
    `insert into ${searchSchema}.indexes values ($1, $2) on conflict (workspace_id) do update set definition = excluded.definition`,
    [workspaceId, definition],
  )
  return { created: true }
}

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

async function updateAccess(
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

async function find(pglite: PgliteWorker, tables: WorkspaceTables, query: IndexQuery): Promise<IndexAnswer> {
  const asked = queryTerms(query.words ?? '')
  const hasWords = asked.terms.length > 0
  if (coversNothing(query) || !(hasWords || query.vector)) return { byWords: [], byVector: [] }
  if (query.strict) return findStrictly(pglite, tables, query, asked)
  const { vector } = query
  const byWords = hasWords ? await hitsOf(pglite, wordsStatement(tables, query, asked)) : []
  const byVector = vector ? await hitsOf(pglite, vectorStatement(tables, query, asked, { vector })) : []
  // The scan of the index ends in rows that have none of the words, with a score of zero.
  return { byWords: byWords.filter((hit) => hit.score > 0), byVector }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += batch) yield items.slice(start, start + batch)
}
