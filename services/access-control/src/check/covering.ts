import { type RawBuilder, sql } from 'kysely'
import { type AsOf, holds } from './as-of.ts'

/**
 * Two common table expressions, to stand after `with recursive`: `reader` (the row of each of these users and service accounts, none for an unknown one) and
 * `covering` (`reader`, `name`: every name that covers an active reader).
 *
 * Memberships of undefined containers do not exist (deleting a group ends them), so the walk needs no look at definitions; spaces are nobody's members.
 * `union` makes cycles harmless. `offset 0` keeps the planner at one index probe per name found: flattened, it scans all memberships.
 */
export function coveringNames(
  workspaceId: Given<string>,
  readers: Given<readonly string[]>,
  asOf?: AsOf,
): RawBuilder<unknown> {
  return sql`reader as (
    select p.name, p.kind, p.state, p.guest, p.roles from principals p
    where p.workspace_id = ${workspaceId} and p.name = any(${listed(readers)}::text[]) and ${holds('p', asOf)} and p.kind in ('user', 'service')
  ), covering(reader, name) as (
    select r.name, s.name from reader r cross join lateral (
      select r.name union all select 'public'
      union all select 'workspace:members' where r.kind = 'user' and not r.guest
      union all select l.identity from identity_links l
        where l.workspace_id = ${workspaceId} and l.user_name = r.name and ${holds('l', asOf)}
    ) s(name) where r.state = 'active'
    union
    select c.reader, m.container from covering c cross join lateral (
      select m.container from memberships m
      where m.workspace_id = ${workspaceId} and m.member = c.name and ${holds('m', asOf)}
      offset 0
    ) m
  )`
}

/** A value, or where a statement finds it. */
export type Given<T> = T | RawBuilder<T>

export const listed = (names: Given<readonly string[]>) => (Array.isArray(names) ? [...names] : names)

/** Where to select from: the row `k` (`data_source_id`) of each of these data sources that is stale, or is there no more. */
export const staleAmong = (workspaceId: Given<string>, dataSourceIds: RawBuilder<unknown>) => sql`
  from unnest(${dataSourceIds}) k(data_source_id)
    left join lateral (
      select s.* from data_sources s where s.workspace_id = ${workspaceId} and s.data_source_id = k.data_source_id and s.to_rev is null offset 0
    ) s on true left join lateral (
      select c.confirmed_at from data_source_confirmations c
      where s.freshness_ms is not null and c.workspace_id = ${workspaceId} and c.data_source_id = k.data_source_id offset 0
    ) c on true where s.data_source_id is null or ${isStale}`

/** Whether facts of data source `s` (with its confirmation `c`) are over their freshness bound, by the database's clock at this moment. */
export const isStale = sql<boolean>`(s.freshness_ms is not null and
  coalesce(c.confirmed_at + s.freshness_ms * interval '1 millisecond' < clock_timestamp(), true))`
