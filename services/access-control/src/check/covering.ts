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

/** Whether facts of data source `s` (with its confirmation `c`) are over their freshness bound, by the database's clock at this moment. */
export const isStale = sql<boolean>`(s.freshness_ms is not null and
  coalesce(c.confirmed_at + s.freshness_ms * interval '1 millisecond' < clock_timestamp(), true))`
