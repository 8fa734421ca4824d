import type { estypes } from '@elastic/elasticsearch'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import { breaksGlass, type IndexQuery } from '../search-index.ts'

type Query = estypes.QueryDslQueryContainer

/** What a row must pass before it is scored, by words and by vector alike. */
export function filterQuery({ filter, dataSourceIds, spaces }: IndexQuery): Query {
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
  if (dataSourceIds) must.push(terms('dataSourceId', dataSourceIds))
  if (spaces) must.push(terms('space', spaces))
  return { bool: { filter: must, must_not: mustNot } }
}

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

/**
 * What a document is called says more about what it answers than one of its sentences; a heading says somewhat more. Each word counts where it counts most
 * (`cross_fields`): summing over the fields instead lets long titles win. On the questions of the sample handbook, the first right page has a mean
 * reciprocal rank of 0.93 so, 0.85 summed, and 0.89 by the text alone.
 */
const fields = ['title^2', 'headings^1.5', 'text']

const carried = ['passageId', 'documentId', 'contentVersion', 'view', 'hash']
const common = { _source: false, docvalue_fields: carried, track_total_hits: false }

/** Equal scores are told apart by passage and view, so that the same question has the same answer. */
const byScore: estypes.Sort = [{ _score: { order: 'desc' } }, { passageId: 'asc' }, { view: 'asc' }]

export function wordsSearch(query: IndexQuery, words: string): estypes.SearchRequest {
  const match: Query = { multi_match: { query: words, fields, type: 'cross_fields' } }
  return {
    ...common,
    size: query.limit,
    sort: byScore,
    query: { bool: { must: [match], filter: [filterQuery(query)] } },
  }
}

export function vectorSearch(query: IndexQuery, vector: Float32Array): estypes.SearchRequest {
  const knn = {
    field: 'vector',
    query_vector: Array.from(vector),
    k: query.limit,
    num_candidates: Math.max(200, query.limit * 4),
    filter: [filterQuery(query)],
  }
  return { ...common, size: query.limit, sort: byScore, knn }
}
