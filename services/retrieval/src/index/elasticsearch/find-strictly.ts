import type { Client, estypes } from '@elastic/elasticsearch'
import type { QueryTerms } from '../../words/query-terms.ts'
import { impactOf, impactSteps, impactWeights, type TermStatistics } from '../ranking.ts'
import {
  type IndexAnswer,
  type IndexHit,
  type IndexQuery,
  rowIdOf,
  strictVectorCandidates,
  strictVectorRows,
} from '../search-index.ts'
import { exactVectorSearch, filterQuery, impactsSearch, type Query, statisticsSearch } from './query.ts'
import { hitsOf, indexOf, searchRows, type Transport } from './search-rows.ts'

type Search = (...searches: estypes.SearchRequest[]) => ReturnType<typeof searchRows>

/**
 * Both rankings by what the rows that pass tell, and nothing else: first how many there are and have each term, then the rows by the impacts of these terms. Vectors are
 * compared one by one, of all rows that pass or, where these are too many, of the best by words.
 */
export async function findStrictly(
  client: Client,
  alias: string,
  query: IndexQuery,
  asked: QueryTerms,
  transport: Transport,
): Promise<IndexAnswer> {
  let index = {}
  const search: Search = async (...searches) => {
    const answers = await searchRows(client, alias, searches, transport)
    index = { ...index, ...indexOf(answers) }
    return answers
  }
  const filter = filterQuery(query, asked)
  const statistics = await statisticsOf(search, filter, asked.terms)
  const isMany = statistics.rows > strictVectorRows
  const wanted = query.vector && isMany ? Math.max(query.limit, strictVectorCandidates) : query.limit
  const byWords = await rankByImpacts(search, filter, statistics, wanted)
  const among: Query = { bool: { filter: [filter, { ids: { values: byWords.map(rowIdOf) } }] } }
  const byVector = query.vector ? await rankByVector(search, isMany ? among : filter, query.vector, query.limit) : []
  return { ...index, byWords: byWords.slice(0, query.limit), byVector }
}

async function statisticsOf(search: Search, filter: Query, terms: readonly string[]): Promise<TermStatistics> {
  const impacts = terms.map((term) => impactSteps.map((step) => impactOf(term, step)))
  const [answer] = await search(statisticsSearch(filter, impacts))
  const { total } = answer?.hits ?? {}
  const counted = answer?.aggregations?.['terms'] as estypes.AggregationsFiltersAggregate | undefined
  const buckets = (counted?.buckets ?? []) as estypes.AggregationsFiltersBucket[]
  return {
    rows: typeof total === 'number' ? total : (total?.value ?? 0),
    rowsWith: new Map(terms.map((term, at) => [term, buckets[at]?.doc_count ?? 0])),
  }
}

async function rankByImpacts(search: Search, filter: Query, statistics: TermStatistics, limit: number) {
  const weights = impactWeights(statistics)
  if (weights.size === 0) return []
  const [answer] = await search(impactsSearch(filter, weights, limit))
  return answer ? hitsOf(answer) : []
}

/** Where equal ones reach over the end of the list, all of them are looked at: which of them stand before it must not hang on how they lie in the index. */
async function rankByVector(search: Search, filter: Query, vector: Float32Array, limit: number): Promise<IndexHit[]> {
  for (const k of [limit * 2, strictVectorRows]) {
    const [answer] = await search(exactVectorSearch(filter, vector, k, strictVectorRows))
    const hits = answer ? hitsOf(answer) : []
    const isCutInTie = hits.length === k && hits.at(-1)?.score === hits[limit - 1]?.score
    if (!isCutInTie || k === strictVectorRows) return hits.slice(0, limit)
  }
  return []
}
