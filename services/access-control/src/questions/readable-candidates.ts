import { type Kysely, sql } from 'kysely'
import { type AsOf, exists, holds } from '../check/as-of.ts'
import { coveringNames, isStale } from '../check/covering.ts'
import type { AccessTables, Scope } from '../database.ts'
import type { BreakGlass } from '../decide/facts.ts'

export type Candidates = {
  /** Every name that covers the reader. */
  readonly names: readonly string[]
  /** Of each actor; undefined for one without facts, through whom nothing is read. */
  readonly scopes: readonly (Scope | undefined)[]
  readonly breakGlass: readonly BreakGlass[]
}
type Place = { readonly after: string; readonly limit: number; readonly fresh: boolean }

export async function whatCovers(
  db: Kysely<AccessTables>,
  workspaceId: string,
  reader: string,
  asOf: AsOf,
): Promise<{ names: string[] }> {
  const { rows } = await sql<{ name: string }>`
    with recursive ${coveringNames(workspaceId, [reader], asOf)} select name from covering`.execute(db)
  return { names: rows.map(({ name }) => name) }
}

/**
 * The documents that the reader could read, in the order of their ids: an allow entry covers them, they lie in a space that does, and in every actor's scope;
 * and what somebody broke the glass for. It may name too many, never too few. The names are sent as values: the planner then knows whether few documents
 * carry them, found through the index of allow lists, or so many that walking the ids meets a page of them soon.
 */
export async function candidateDocuments(
  db: Kysely<AccessTables>,
  workspaceId: string,
  candidates: Candidates,
  place: Place,
  asOf: AsOf,
): Promise<string[]> {
  if (candidates.scopes.includes(undefined)) return []
  const { rows } = await candidateQuery(workspaceId, candidates, place, asOf).execute(db)
  return rows.map(({ document_id }) => document_id)
}

function candidateQuery(workspaceId: string, { names, scopes, breakGlass }: Candidates, place: Place, asOf: AsOf) {
  const granted = sql<boolean>`f.allow && ${[...names]}::text[] and s.space = any(${[...names]}::text[])`
  const broken = sql<boolean>`(d.document_id = any(${breakGlass.flatMap(({ documentId }) => documentId ?? [])}::text[])
    or s.space = any(${breakGlass.flatMap(({ space }) => space ?? [])}::text[]))`
  const ways = [
    ...(asOf === undefined ? [{ facts: sql<boolean>`f.to_rev is null`, way: granted }] : past(asOf, granted)),
    ...(breakGlass.length > 0 ? [{ facts: holds('f', asOf), way: broken }] : []),
  ]
  const arms = ways.map(
    ({ facts, way }) => sql`(select f.document_id from document_facts f
      join documents d on d.workspace_id = f.workspace_id and d.document_id = f.document_id and ${exists('d', asOf)}
      join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and ${holds('s', asOf)}
      left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
      where f.workspace_id = ${workspaceId} and f.layer = 'source' and f.document_id > ${place.after} and ${facts} and ${way}
        ${inScopes(scopes)} ${place.fresh ? sql`and not ${isStale}` : sql``}
      order by f.document_id limit ${place.limit})`,
  )
  return sql<{ document_id: string }>`
    select distinct document_id from (${sql.join(arms, sql` union all `)}) found order by document_id limit ${place.limit}`
}

/** What held at a past revision: what still does, and what ended since. */
const past = (asOf: number, way: ReturnType<typeof sql<boolean>>) => [
  { facts: sql<boolean>`f.to_rev is null and f.from_rev <= ${asOf}`, way },
  { facts: sql<boolean>`f.to_rev > ${asOf} and f.from_rev <= ${asOf}`, way },
]

const inScopes = (scopes: readonly (Scope | undefined)[]) =>
  sql.join(
    scopes.map((scope) =>
      scope?.kind === 'selected'
        ? sql`and (d.data_source_id = any(${scope.dataSourceIds ?? []}::text[]) or s.space = any(${scope.spaces ?? []}::text[])
            or d.document_id = any(${scope.documentIds ?? []}::text[]))`
        : sql``,
    ),
    sql` `,
  )
