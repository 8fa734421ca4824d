import type { QueryTerms } from '../../words/query-terms.ts'
import { breaksGlass, foldedAuthor, type IndexQuery } from '../search-index.ts'
import type { WorkspaceTables } from './tables.ts'

export type Statement = { sql: string; parameters: unknown[] }
type Phrases = Pick<QueryTerms, 'phrases'>

const carried = 'passage_id, document_id, content_version, view, hash, updated_at_ms'

/** BM25. The scan goes down the ranking until enough rows pass the filter, so a reader of few documents is not starved. */
export function wordsStatement(tables: WorkspaceTables, query: IndexQuery, asked: QueryTerms): Statement {
  const bind = binder()
  const score = `terms <@> to_bm25query(${bind(asked.terms.join(' '))}, '${tables.wordsIndex}')`
  const sql = `select ${carried}, -(${score}) as score from ${tables.rows}
    where ${filterCondition(tables, query, asked, bind)} order by ${score}, passage_id, view limit ${bind(query.limit)}`
  return { sql, parameters: bind.parameters }
}

/** An exact scan: below some 20,000 passages faster than building a graph. `among`: only these rows. */
export function vectorStatement(
  tables: WorkspaceTables,
  query: IndexQuery,
  asked: Phrases,
  { vector, among }: { vector: Float32Array; among?: readonly string[] },
): Statement {
  const bind = binder()
  const distance = `vector <=> ${bind(`[${vector.join(',')}]`)}::vector`
  const isAmong = among ? `row_id = any(${bind(among)}::text[]) and ` : ''
  const sql = `select ${carried}, 1 - (${distance}) as score from ${tables.rows}
    where vector is not null and ${isAmong}${filterCondition(tables, query, asked, bind)}
    order by ${distance}, passage_id, view limit ${bind(query.limit)}`
  return { sql, parameters: bind.parameters }
}

/** How many rows pass, and how many of them have each of these impacts. */
export function statisticsStatement(
  tables: WorkspaceTables,
  query: IndexQuery,
  asked: Phrases,
  impacts: readonly string[],
): Statement {
  const bind = binder()
  const sql = `with passing as (select impacts from ${tables.rows} where ${filterCondition(tables, query, asked, bind)})
    select null as impact, count(*)::integer as count from passing union all
    select impact, count(*)::integer from passing cross join lateral unnest(impacts) impact
      where impact = any(${bind(impacts)}::text[]) group by impact`
  return { sql, parameters: bind.parameters }
}

/** A row scores the sum of the weights of the impacts that it has. */
export function impactsStatement(
  tables: WorkspaceTables,
  query: IndexQuery,
  asked: Phrases,
  { weights, limit }: { weights: ReadonlyMap<string, number>; limit: number },
): Statement {
  const bind = binder()
  const impacts = bind([...weights.keys()])
  const sql = `select ${carried}, (select sum(weight) from unnest(impacts) impact
        join unnest(${impacts}::text[], ${bind([...weights.values()])}::integer[]) as w (asked, weight) on asked = impact)::integer as score
    from ${tables.rows} where impacts && ${impacts}::text[] and ${filterCondition(tables, query, asked, bind)}
    order by score desc, passage_id, view limit ${bind(limit)}`
  return { sql, parameters: bind.parameters }
}

type Bind = { (value: unknown): string; parameters: unknown[] }

function binder(): Bind {
  const parameters: unknown[] = []
  const bind = (value: unknown) => `$${parameters.push(value)}`
  return Object.assign(bind, { parameters })
}

function filterCondition({ accessSets }: WorkspaceTables, query: IndexQuery, { phrases }: Phrases, bind: Bind): string {
  const { filter } = query
  const isIn = (column: string, values: readonly string[]) => `${column} = any(${bind(values)}::text[])`
  const overlaps = (column: string, values: readonly string[]) => `${column} && ${bind(values)}::text[]`
  const isInSet = (set: readonly string[]) =>
    `access_set = any(array(select id from ${accessSets} where ${set.join(' and ')}))`
  const against = filter.names.map((names) => `not ${overlaps('deny', names)}`)
  if (filter.agents.length > 0) against.push(`not ${overlaps('deny_agents', [...filter.agents, '*'])}`)
  const granted = filter.names.map((names) => overlaps('allow', names))
  const allowed = [isInSet([...granted, overlaps('pairs', filter.pairs), ...against])]
  if (breaksGlass(filter)) {
    // Without a grant, never past a deny.
    const { documentIds, spaces: broken, pairs } = filter.breakGlass
    const place = `(${isIn('document_id', documentIds)} or ${isIn('space', broken)})`
    allowed.push(`${place} and ${isInSet([overlaps('pairs', pairs), ...against])}`)
  }
  const conditions = [`(${allowed.join(' or ')})`]
  if (filter.exceptDocumentIds.length > 0) conditions.push(`not ${isIn('document_id', filter.exceptDocumentIds)}`)
  for (const scope of filter.scopes) {
    if (scope.kind === 'everything') continue
    const places = [
      isIn('data_source_id', scope.dataSourceIds ?? []),
      isIn('space', scope.spaces ?? []),
      isIn('document_id', scope.documentIds ?? []),
    ]
    conditions.push(`(${places.join(' or ')})`)
  }
  conditions.push(...narrowed(query, bind))
  for (const forms of phrases) {
    const anyForm = forms.map((form) => `' ' || terms || ' ' like ${bind(`% ${form.map(escaped).join(' ')} %`)}`)
    conditions.push(anyForm.length === 0 ? 'false' : `(${anyForm.join(' or ')})`)
  }
  return conditions.join(' and ')
}

const escaped = (term: string) => term.replace(/[\\%_]/g, '\\$&')

function narrowed(query: IndexQuery, bind: Bind): string[] {
  const { dataSourceIds, spaces, authors, mediaTypes, updatedFromMs, updatedBeforeMs } = query
  const conditions: string[] = []
  if (dataSourceIds) conditions.push(`data_source_id = any(${bind(dataSourceIds)}::text[])`)
  if (spaces) conditions.push(`space = any(${bind(spaces)}::text[])`)
  if (authors) conditions.push(`authors && ${bind(authors.map(foldedAuthor))}::text[]`)
  if (mediaTypes) conditions.push(`media_type = any(${bind(mediaTypes)}::text[])`)
  if (updatedFromMs !== undefined) conditions.push(`updated_at_ms >= ${bind(updatedFromMs)}`)
  if (updatedBeforeMs !== undefined) conditions.push(`updated_at_ms < ${bind(updatedBeforeMs)}`)
  return conditions
}
