import type { estypes } from '@elastic/elasticsearch'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { QueryTerms } from '../../words/query-terms.ts'
import { breaksGlass, foldedAuthor, type IndexQuery } from '../search-index.ts'

export type Query = estypes.QueryDslQueryContainer

/** What a row must pass before it is scored, by words and by vector alike. */
export function filterQuery(query: IndexQuery, { phrases }: Pick<QueryTerms, 'phrases'>): Query {
  const { filter } = query
  const must: Query[] = [breaksGlass(filter) ? anyOf([granted(filter), byBreakGlass(filter)]) : granted(filter)]
  // One clause for each: together they could be more names than a clause may have.
  const mustNot: Query[] = filter.names.map((names) => terms('deny', names))
  if (filter.agents.length > 0) mustNot.push(terms('denyAgents', [...filter.agents, '*']))
  if (filter.exceptDocumentIds.length > 0) mustNot.push(terms('documentId', filter.exceptDocumentIds))
  for (const scope of filter.scopes) {
    if (scope.kind === 'everything') continue
    const places = [
      terms('dataSourceId', scope.dataSourceIds ?? []),
      terms('space', scope.spaces ?? []),
      terms('documentId', scope.documentIds ?? []),
    ]
    must.push(anyOf(places))
  }
  must.push(...narrowed(query), ...phrases.map(anyFormOf))
  return { bool: { filter: must, must_not: mustNot } }
}

function narrowed(query: IndexQuery): Query[] {
  const { dataSourceIds, spaces, authors, mediaTypes, updatedFromMs, updatedBeforeMs } = query
  const must: Query[] = []
  if (dataSourceIds) must.push(terms('dataSourceId', dataSourceIds))
  if (spaces) must.push(terms('space', spaces))
  if (authors) must.push(terms('authors', authors.map(foldedAuthor)))
  if (mediaTypes) must.push(terms('mediaType', mediaTypes))
  if (updatedFromMs !== undefined) must.push({ range: { updatedAtMs: { gte: updatedFromMs } } })
  if (updatedBeforeMs !== undefined) must.push({ range: { updatedAtMs: { lt: updatedBeforeMs } } })
  return must
}

const anyFormOf = (forms: readonly (readonly string[])[]): Query =>
  anyOf(forms.map((form) => ({ match_phrase: { terms: form.join(' ') } })))

/** A grant for each member of the audience, under a pair that all of them are entitled to. */
const granted = ({ names, pairs }: ReaderFilter): Query => ({
  bool: { filter: [...names.map((list) => terms('allow', list)), terms('pairs', pairs)] },
})

/** Without a grant, never past a deny: that is asked of every row. */
const byBreakGlass = ({ breakGlass: { documentIds, spaces, pairs } }: ReaderFilter): Query => ({
  bool: { filter: [anyOf([terms('documentId', documentIds), terms('space', spaces)]), terms('pairs', pairs)] },
})

const anyOf = (should: Query[]): Query => ({ bool: { should, minimum_should_match: 1 } })

/** An empty list matches no row. */
const terms = (field: string, values: readonly string[]): Query => ({ terms: { [field]: [...values] } })

/** Beside passage and view, which each row is sorted by. */
const carried = ['documentId', 'contentVersion', 'hash', 'updatedAtMs']
/** Nothing stored is read: to unpack it, row by row, costs more than to find the rows. */
const common = { stored_fields: '_none_', docvalue_fields: carried, track_total_hits: false }

/** Equal scores are told apart by passage and view, so that the same question has the same answer. */
const byScore: estypes.Sort = [{ _score: { order: 'desc' } }, { passageId: 'asc' }, { view: 'asc' }]

export function wordsSearch(query: IndexQuery, asked: QueryTerms): estypes.SearchRequest {
  const match: Query = { match: { terms: asked.terms.join(' ') } }
  return {
    ...common,
    size: query.limit,
    sort: byScore,
    query: { bool: { must: [match], filter: [filterQuery(query, asked)] } },
  }
}

export function vectorSearch(query: IndexQuery, asked: QueryTerms, vector: Float32Array): estypes.SearchRequest {
  const knn = {
    field: 'vector',
    query_vector: Array.from(vector),
    k: query.limit,
    num_candidates: Math.max(200, query.limit * 4),
    filter: [filterQuery(query, asked)],
  }
  return { ...common, size: query.limit, sort: byScore, knn }
}

/** How many rows pass, and how many of them have each term. */
export function statisticsSearch(filter: Query, impactsOfTerms: readonly (readonly string[])[]): estypes.SearchRequest {
  const filters = impactsOfTerms.map((impacts) => terms('impacts', impacts))
  return {
    size: 0,
    track_total_hits: true,
    query: { bool: { filter: [filter] } },
    ...(filters.length === 0 ? {} : { aggs: { terms: { filters: { filters } } } }),
  }
}

/** A row scores the sum of the weights of the impacts that it has. */
export function impactsSearch(
  filter: Query,
  weights: ReadonlyMap<string, number>,
  limit: number,
): estypes.SearchRequest {
  const should = Array.from(weights, ([impact, boost]): Query => ({
    constant_score: { filter: { term: { impacts: impact } }, boost },
  }))
  return { ...common, size: limit, sort: byScore, query: { bool: { must: [anyOf(should)], filter: [filter] } } }
}

/** All rows that pass are compared by their vectors as they were put, none through the graph; there are at most `most` of them. */
export function exactVectorSearch(
  filter: Query,
  vector: Float32Array,
  limit: number,
  most: number,
): estypes.SearchRequest {
  const knn = {
    field: 'vector',
    query_vector: Array.from(vector),
    k: limit,
    num_candidates: most,
    rescore_vector: { oversample: Math.max(1, most / limit) },
    filter: [filter],
  }
  return { ...common, size: limit, sort: byScore, knn }
}
