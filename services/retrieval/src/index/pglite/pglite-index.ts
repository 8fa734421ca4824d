import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import { queryTerms } from '../../words/query-terms.ts'
import {
  coversNothing,
  type IndexAnswer,
  type IndexInfo,
  IndexMissing,
  IndexUnavailable,
  type IndexQuery,
  OtherDimensions,
  type SearchIndex,
  type Which,
} from '../search-index.ts'
import { findStrictly } from './find-strictly.ts'
import { createIndexes, type Indexes } from './indexes.ts'
import { listRows, pageSize } from './list-rows.ts'
import { vectorStatement, wordsStatement } from './query.ts'
import { hitsOf } from './search-rows.ts'
import { definitionVersion, tablesOf, type WorkspaceTables } from './tables.ts'
import { dimensionsOf, putRows, updateAccess } from './write-rows.ts'

/**
 * `SearchIndex` in an embedded PostgreSQL of its own, opened with the extensions `vector` and `pg_textsearch`. Nobody else may use that instance.
 */
export function createPgliteIndex({ pglite }: { pglite: PgliteWorker }): SearchIndex {
  const indexes = createIndexes(pglite)
  const tablesIn = async (workspaceId: string, which?: Which) =>
    tablesOf((await indexes.infoOf(workspaceId, which)).name)
  return {
    capabilities: { vectorGraph: false, cancels: false },
    definitionVersion,
    look: (workspaceId) => guarded(() => look(pglite, indexes, workspaceId)),
    make: (workspaceId, which, embeddingModel) => guarded(() => indexes.make(workspaceId, which, embeddingModel)),
    promote: (workspaceId) => guarded(() => indexes.promote(workspaceId)),
    dropNext: (workspaceId) => guarded(() => indexes.dropNext(workspaceId)),
    // Other versions of this program are not about at the same time: what they left went at the start.
    async sweep() {},
    async put(workspaceId, rows, which) {
      const tables = await guarded(() => tablesIn(workspaceId, which))
      return guarded(() => putRows(pglite, tables, rows))
    },
    async updateAccess(workspaceId, updates) {
      const tables = await guarded(() => tablesIn(workspaceId))
      return guarded(() => updateAccess(pglite, tables, updates))
    },
    async remove(workspaceId, rowIds, which) {
      const { rows } = await guarded(() => tablesIn(workspaceId, which))
      await guarded(() => pglite.query(`delete from ${rows} where row_id = any($1::text[])`, [rowIds]))
    },
    // What a statement wrote, the next one sees.
    async refresh() {},
    find: (workspaceId, query) =>
      guarded(async () => {
        const { name } = await indexes.infoOf(workspaceId)
        return { ...(await find(pglite, tablesOf(name), query)), index: name }
      }),
    count: (workspaceId, which) =>
      guarded(async () => {
        const { rows } = await tablesIn(workspaceId, which)
        return (await pglite.query<{ count: number }>(`select count(*) as count from ${rows}`)).rows[0]?.count ?? 0
      }),
    async *list(workspaceId, which, documentIds) {
      const tables = await guarded(() => tablesIn(workspaceId, which))
      for (let after = ['', '', '']; ;) {
        const page = await guarded(() => listRows(pglite, tables, after, documentIds))
        if (page.length > 0) yield page.map(({ row }) => row)
        const last = page.at(-1)
        if (!last || page.length < pageSize) return
        after = last.place
      }
    },
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
    if (message.startsWith('different vector dimensions')) throw new OtherDimensions(message, { cause: error })
    if (error instanceof IndexMissing) throw error
    // An error without a code is not of the server: the worker thread has ended.
    if (code === undefined) throw new IndexUnavailable(message, { cause: error })
    throw error
  }
}

/** What is known of the tables, and of what is in them. */
async function look(pglite: PgliteWorker, indexes: Indexes, workspaceId: string) {
  const found = await indexes.look(workspaceId)
  const measured = async (info: IndexInfo | undefined) => {
    const dimensions = info && (await dimensionsOf(pglite, tablesOf(info.name)))
    return info && { ...info, ...(dimensions === undefined ? {} : { dimensions }) }
  }
  const [live, next] = [await measured(found.live), await measured(found.next)]
  return { ...(live ? { live } : {}), ...(next ? { next } : {}) }
}

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
