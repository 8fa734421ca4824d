import type { Call } from '@tessera/shared/bus/call'
import { type Kysely, sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import { coveringNames } from '../check/covering.ts'
import type { AccessTables } from '../database.ts'

/** Who may hold clearances: not spaces and containers, which people are put into for other reasons (ACCESS.md section 4). */
export const holdsClearances = (name: string) => /^(user|service|group|agent):/.test(name)

export type ClearancesOf = { readonly principal: string; readonly clearances: readonly string[] }

/** Makes exactly these the own clearances of these principals. Returns the names of those whose changed. */
export async function replaceClearances(change: Change, wanted: readonly ClearancesOf[]): Promise<string[]> {
  if (wanted.length === 0) return []
  const { trx, workspaceId, revision } = change
  const principals = wanted.map(({ principal }) => principal)
  const pairs = wanted.flatMap(({ principal, clearances }) =>
    [...new Set(clearances)].map((clearance) => ({ principal, clearance })),
  )
  const columns = sql`unnest(${pairs.map(({ principal }) => principal)}::text[], ${pairs.map(({ clearance }) => clearance)}::text[])
    w(principal, clearance)`
  const ended = await sql<{ principal: string }>`
    update clearances c set to_rev = ${revision}
    where c.workspace_id = ${workspaceId} and c.principal = any(${principals}::text[]) and c.to_rev is null
      and not exists (select from ${columns} where w.principal = c.principal and w.clearance = c.clearance)
    returning c.principal`.execute(trx)
  const made = await sql<{ principal: string }>`
    insert into clearances (workspace_id, principal, clearance, from_rev)
    select ${workspaceId}, w.principal, w.clearance, ${revision} from ${columns}
    where not exists (select from clearances c
      where c.workspace_id = ${workspaceId} and c.principal = w.principal and c.clearance = w.clearance and c.to_rev is null)
    returning principal`.execute(trx)
  const changed = [...new Set([...ended.rows, ...made.rows].map(({ principal }) => principal))]
  if (changed.length > 0) change.touch({ readers: true })
  return changed
}

/** A name that ends loses its clearances: one that comes back is a new principal. */
export const endClearances = (change: Change, principals: readonly string[]) =>
  replaceClearances(
    change,
    principals.map((principal) => ({ principal, clearances: [] })),
  )

/** What the caller holds, by name and through groups. */
export async function findClearancesOfCaller(db: Kysely<AccessTables>, { caller }: Call): Promise<Set<string>> {
  const { workspaceId, subject } = caller
  const { rows } = await sql<{ clearance: string }>`
    with recursive ${coveringNames(workspaceId, [subject])}
    select distinct c.clearance from clearances c
    where c.workspace_id = ${workspaceId} and c.to_rev is null
      and c.principal in (select name from covering where name ~ '^(user|service|group):')`.execute(db)
  return new Set(rows.map(({ clearance }) => clearance))
}
