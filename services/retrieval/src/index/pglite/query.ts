import { breaksGlass, type IndexQuery } from '../search-index.ts'
import type { WorkspaceTables } from './tables.ts'

export type Statement = { sql: string; parameters: unknown[] }

const carried = 'passage_id, document_id, content_version, view, hash'

/** BM25. The scan goes down the ranking until enough rows pass the filter, so a reader of few documents is not starved. */
export function wordsStatement(tables: WorkspaceTables, query: IndexQuery, words: string): Statement {
  const bind = binder()
  const score = `body <@> to_bm25query(${bind(words)}, '${tables.wordsIndex}')`
  const sql = `select ${carried}, -(${score}) as score from ${tables.rows}
    where ${filterCondition(tables, query, bind)} order by ${score}, passage_id, view limit ${bind(query.limit)}`
  return { sql, parameters: bind.parameters }
}

/** An exact scan: below some 20,000 passages faster than building a graph. */
export function vectorStatement(tables: WorkspaceTables, query: IndexQuery, vector: Float32Array): Statement {
  const bind = binder()
  const distance = `vector <=> ${bind(`[${vector.join(',')}]`)}::vector`
  const sql = `select ${carried}, 1 - (${distance}) as score from ${tables.rows}
    where vector is not null and ${filterCondition(tables, query, bind)}
    order by ${distance}, passage_id, view limit ${bind(query.limit)}`
  return { sql, parameters: bind.parameters }
}

type Bind = { (value: unknown): string; parameters: unknown[] }

function binder(): Bind {
  const parameters: unknown[] = []
  const bind = (value: unknown) => `$${parameters.push(value)}`
  return Object.assign(bind, { parameters })
}

function filterCondition({ accessSets }: WorkspaceTables, query: IndexQuery, bind: Bind): string {
  const { filter, dataSourceIds, spaces } = query
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
  if (dataSourceIds) conditions.push(isIn('data_source_id', dataSourceIds))
  if (spaces) conditions.push(isIn('space', spaces))
  return conditions.join(' and ')
}
