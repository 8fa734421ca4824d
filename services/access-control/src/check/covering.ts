import { type RawBuilder, sql } from 'kysely'

/**
 * Two common table expressions, to stand after `with recursive`: `reader` (the current row of the subject, none if unknown) and `covering` (`name`: every
 * name that covers an active reader).
 *
 * Memberships of undefined containers do not exist (deleting a group ends them), so the walk needs no look at definitions; spaces are nobody's members.
 * `union` makes cycles harmless. `offset 0` keeps the planner at one index probe per name found: flattened, it scans all memberships.
 */
export function coveringNames(workspaceId: string, subject: string): RawBuilder<unknown> {
  return sql`reader as (
    select p.* from principals p
    where p.workspace_id = ${workspaceId} and p.name = ${subject} and p.to_rev is null and p.kind in ('user', 'service')
  ), covering(name) as (
    select s.name from reader r cross join lateral (
      select r.name union all select 'public'
      union all select 'workspace:members' where r.kind = 'user' and not r.guest
      union all select l.identity from identity_links l
        where l.workspace_id = ${workspaceId} and l.user_name = r.name and l.to_rev is null
    ) s(name) where r.state = 'active'
    union
    select m.container from covering c cross join lateral (
      select m.container from memberships m
      where m.workspace_id = ${workspaceId} and m.member = c.name and m.to_rev is null
      offset 0
    ) m
  )`
}

/** Whether facts of data source `s` (with its confirmation `c`) are over their freshness bound, by the database's clock at this moment. */
export const isStale = sql<boolean>`(s.freshness_ms is not null and
  coalesce(c.confirmed_at + s.freshness_ms * interval '1 millisecond' < clock_timestamp(), true))`
