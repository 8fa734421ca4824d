import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import type { QueryTerms } from '../../words/query-terms.ts'
import { impactOf, impactSteps, impactWeights, type TermStatistics } from '../ranking.ts'
import {
  type IndexAnswer,
  type IndexQuery,
  rowIdOf,
  strictVectorCandidates,
  strictVectorRows,
} from '../search-index.ts'
import { impactsStatement, statisticsStatement, vectorStatement } from './query.ts'
import { hitsOf } from './search-rows.ts'
import type { WorkspaceTables } from './tables.ts'

/** As in Elasticsearch: both rankings by what the rows that pass tell, and nothing else. */
export async function findStrictly(
  pglite: PgliteWorker,
  tables: WorkspaceTables,
  query: IndexQuery,
  asked: QueryTerms,
): Promise<IndexAnswer> {
  const statistics = await statisticsOf(pglite, tables, query, asked)
  const weights = impactWeights(statistics)
  const isMany = statistics.rows > strictVectorRows
  const { vector } = query
  const limit = vector && isMany ? Math.max(query.limit, strictVectorCandidates) : query.limit
  const byWords =
    weights.size === 0 ? [] : await hitsOf(pglite, impactsStatement(tables, query, asked, { weights, limit }))
  const among = isMany ? { among: byWords.map(rowIdOf) } : {}
  const byVector = vector ? await hitsOf(pglite, vectorStatement(tables, query, asked, { vector, ...among })) : []
  return { byWords: byWords.slice(0, query.limit), byVector }
}

async function statisticsOf(
  pglite: PgliteWorker,
  tables: WorkspaceTables,
  query: IndexQuery,
  asked: QueryTerms,
): Promise<TermStatistics> {
  const impactsOfTerm = asked.terms.map((term) => impactSteps.map((step) => impactOf(term, step)))
  const { sql, parameters } = statisticsStatement(tables, query, asked, impactsOfTerm.flat())
  const { rows } = await pglite.query<{ impact: string | null; count: number }>(sql, parameters)
  const counts = new Map(rows.map(({ impact, count }) => [impact, count]))
  const rowsWith = asked.terms.map((term, at): [string, number] => [
    term,
    (impactsOfTerm[at] ?? []).reduce((sum, impact) => sum + (counts.get(impact) ?? 0), 0),
  ])
  return { rows: counts.get(null) ?? 0, rowsWith: new Map(rowsWith) }
}
