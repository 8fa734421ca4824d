import type { IndexQuery } from '../search-index.ts'
import type { WorkspaceTables } from './tables.ts'

export type Statement = { sql: string; parameters: unknown[] }

const carried = 'passage_id, document_id, content_version, view, hash'

/** BM25. The scan goes down the ranking until enough rows pass the filter, so a reader of few documents is not starved. */
export function wordsStatement(tables: WorkspaceTables, query: IndexQuery, words: string): Statement {
  const bind = binder()
  const score = `body <@> to_bm25query(${bind(words)}, '${tables.wordsIndex}')`
  const sql = `select ${carried}, -(${score}) as score from ${tables.rows}
    where ${filterCondition(tables, query, bind)} order by ${score}, passage_id limit ${bind(query.limit)}`
  return { sql, parameters: bind.parameters }
}

/** An exact scan: below some 20,000 passages faster than building a graph. */
export function vectorStatement(tables: WorkspaceTables, query: IndexQuery, vector: Float32Array): Statement {
  const bind = binder()
  const distance = `vector <=> ${bind(`[${vector.join(',')}]`)}::vector`
  const sql = `select ${carried}, 1 - (${distance}) as score from ${tables.rows}
    where vector is not null and ${filterCondition(tables, query, bind)}
    order by ${distance}, passage_id limit ${bind(query.limit)}`
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
  const names = bind(filter.names)
  const set = [`allow && ${names}::text[]`, `pairs && ${bind(filter.pairs)}::text[]`, `not deny && ${names}::text[]`]
  if (filter.agents.length > 0) set.push(`not deny_agents && ${bind([...filter.agents, '*'])}::text[]`)
  const conditions = [`access_set = any(array(select id from ${accessSets} where ${set.join(' and ')}))`]
  const isIn = (column: string, values: readonly string[]) => `${column} = any(${bind(values)}::text[])`
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
