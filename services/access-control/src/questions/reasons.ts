import type { Reason } from '@tessera/shared/contracts/access-control/questions'
import { type Kysely, sql } from 'kysely'
import { type AsOf, holds } from '../check/as-of.ts'
import type { LoadedReader } from '../check/loaded-facts.ts'
import type { AccessTables, Layer } from '../database.ts'
import type { Decision } from '../decide/decide.ts'
import type { Question } from './decide-questions.ts'
import type { PathOf } from './paths.ts'

type Coded = Decision['reasons'][number]

/** A deciding fact as it is told: policies by their id, entries with the path to them, and with the layers that say so. */
export function tellReason({ code, name }: Coded, reader: LoadedReader, pathOf: PathOf, layersOf?: LayersOf): Reason {
  if (name === undefined) return { code }
  if (code === 'policy') return { code, policyId: name }
  const path = code === 'allow' || code === 'deny' ? pathOf(reader, name) : undefined
  const layers = layersOf?.(code, name) ?? []
  return { code, name, ...(path ? { path } : {}), ...(layers.length > 0 ? { layers: [...layers] } : {}) }
}

/** Which layers say of a document or passage what a reason names. */
export type LayersOf = (code: Coded['code'], name: string) => readonly Layer[]

type LayerRow = { layer: Layer; deny: string[]; gates: string[]; deny_agents: string[]; labels: string[] }

/** Only the named entries are read: a list may be long. */
export async function loadLayers(
  db: Kysely<AccessTables>,
  workspaceId: string,
  { actors, documentId, passageId }: Pick<Question, 'actors' | 'documentId' | 'passageId'>,
  reasons: readonly Coded[],
  asOf: AsOf,
): Promise<LayersOf> {
  const names = reasons.flatMap(({ name }) => name ?? [])
  const named = (column: string) =>
    sql`array(select entry from unnest(${sql.ref(column)}) entry where entry = any(${[...names, '*']}::text[]))`
  const { rows } = await sql<LayerRow>`
    select f.layer, ${named('f.deny')} as deny, ${named('f.gates')} as gates, ${named('f.deny_agents')} as deny_agents, ${named('f.labels')} as labels
    from document_facts f
    where f.workspace_id = ${workspaceId} and f.document_id = ${documentId} and ${holds('f', asOf)}
    union all
    select p.layer, '{}', '{}', '{}', ${named('p.labels')} from passage_facts p
    where p.workspace_id = ${workspaceId} and p.document_id = ${documentId} and p.passage_id = ${passageId ?? ''} and ${holds('p', asOf)}`.execute(
    db,
  )
  return (code, name) => {
    const entries = code === 'deny' && actors.includes(name) ? [name, '*'] : [name]
    return layerOrder.filter((layer) => rows.some((row) => row.layer === layer && says(row, code, entries)))
  }
}

const layerOrder: readonly Layer[] = ['source', 'workspace', 'detector']

function says(row: LayerRow, code: Coded['code'], [name = '', ...everyAgent]: readonly string[]): boolean {
  const has = (list: readonly string[]) => list.includes(name)
  if (code === 'deny')
    return has(row.deny) || has(row.deny_agents) || everyAgent.some((entry) => row.deny_agents.includes(entry))
  return (code === 'gate' && has(row.gates)) || (code === 'label' && has(row.labels))
}

const NEAREST = 20

/** The grants that there are, which cover somebody else: an unlinked identity or an unknown group stands there by its name. */
export async function nearestGrants(
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentId: string,
  asOf: AsOf,
): Promise<Reason[]> {
  const { rows } = await sql<{ name: string }>`
    select entry as name from document_facts f cross join unnest(f.allow) with ordinality as a(entry, place)
    where f.workspace_id = ${workspaceId} and f.document_id = ${documentId} and f.layer = 'source' and ${holds('f', asOf)}
    order by place limit ${NEAREST}`.execute(db)
  return rows.map(({ name }) => ({ code: 'allow', name }))
}
