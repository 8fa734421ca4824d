import type { Call } from '@tessera/shared/bus/call'
import { sql } from 'kysely'
import type { Change } from './writer.ts'

/**
 * Which changes may widen (ACCESS.md section 10), for `sensitive` of an `Operation`. Each errs on the side of asking a second admin, but never about a change that
 * only takes rights away: a revocation is in force when it is answered.
 */

/**
 * Whether a new member of something makes the names grow which cover the author, a service account, or whomever the author made a key for. Deactivated ones
 * count, since they may come back.
 */
export async function coversOwn({ trx, workspaceId }: Change, { caller }: Call, member: string): Promise<boolean> {
  const { rows } = await sql`
    with recursive watched as (
      select p.name, p.kind, p.guest from principals p
      where p.workspace_id = ${workspaceId} and p.to_rev is null and p.kind in ('user', 'service') and (
        p.name = ${caller.subject} or p.kind = 'service'
        or p.name in (select k.principal from api_keys k
          where k.workspace_id = ${workspaceId} and k.created_by = ${caller.subject} and k.to_rev is null))
    ), covering(name) as (
      select s.name from watched w cross join lateral (
        select w.name union all select 'public'
        union all select 'workspace:members' where w.kind = 'user' and not w.guest
        union all select l.identity from identity_links l
          where l.workspace_id = ${workspaceId} and l.user_name = w.name and l.to_rev is null
      ) s(name)
      union
      select m.container from covering c cross join lateral (
        select m.container from memberships m
        where m.workspace_id = ${workspaceId} and m.member = c.name and m.to_rev is null
        offset 0
      ) m
    )
    select from covering where name = ${member} limit 1`.execute(trx)
  return rows.length > 0
}

/** Whether somebody who stops being covered by this name, and so by those above it, may get past a deny or a policy. A gate only ever narrows. */
export async function mayLift(change: Change, name: string): Promise<boolean> {
  const names = await namesAbove(change, name)
  return (await isDenied(change, names)) || (await isInPolicy(change, names))
}

/** Whether this name, or one above it, stands in a deny, a gate or a policy: nothing that it is about may be deleted by one admin alone. */
export async function standsInRestriction(change: Change, name: string): Promise<boolean> {
  const names = await namesAbove(change, name)
  return (await isDenied(change, names)) || (await isGate(change, names)) || (await isInPolicy(change, names))
}

/** The name itself, and every group, container and space that it is in at any depth. */
async function namesAbove({ trx, workspaceId }: Change, name: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with recursive above(name) as (
      select ${name}::text
      union
      select m.container from above a cross join lateral (
        select m.container from memberships m
        where m.workspace_id = ${workspaceId} and m.member = a.name and m.to_rev is null
        offset 0
      ) m
    )
    select name from above`.execute(trx)
  return rows.map((row) => row.name)
}

async function isDenied({ trx, workspaceId }: Change, names: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    select from document_facts
    where workspace_id = ${workspaceId} and to_rev is null and deny <> '{}' and deny && ${[...names]}::text[] limit 1`.execute(
    trx,
  )
  return rows.length > 0
}

/** Signatures hold every gate that a document has or had, and are few. */
async function isGate({ trx, workspaceId }: Change, names: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    select from signatures where workspace_id = ${workspaceId} and (gates || space) && ${[...names]}::text[] limit 1`.execute(
    trx,
  )
  return rows.length > 0
}

/** A policy spells a name out in quotes; where it escapes anything, or looks at clearances that one of the names gives, it counts as about it. */
export async function isInPolicy({ trx, workspaceId }: Change, names: readonly string[]): Promise<boolean> {
  const { rows } = await sql<{ text: string; clears: boolean }>`
    select s.text, exists (select from clearances c
      where c.workspace_id = ${workspaceId} and c.principal = any(${[...names]}::text[]) and c.to_rev is null) as clears
    from policy_versions v join policy_sets s on s.workspace_id = v.workspace_id and s.version = v.version
    where v.workspace_id = ${workspaceId} and v.to_rev is null`.execute(trx)
  return rows.some(
    ({ text, clears }) =>
      text.includes('\\') ||
      (clears && text.includes('clearances')) ||
      names.some((name) => text.includes(`"${name}"`)),
  )
}

/** Whether a layer that took away less stands after the change: something that was in one of these lists is not in it any more. */
export const takesAway = <K extends string>(
  before: Record<K, readonly string[]>,
  after: Record<K, readonly string[]>,
) => (Object.keys(before) as K[]).some((list) => before[list].some((entry) => !after[list].includes(entry)))

/** Whether a set of policies, each text by its id, lacks one of those in force or has it in other words. */
export const changesForbid = (inForce: ReadonlyMap<string, string>, next: ReadonlyMap<string, string>) =>
  [...inForce].some(([id, text]) => next.get(id) !== text)

/** Lines of an import which define nothing that anybody could read more by. */
const harmlessLines = new Set(['service-account', 'space'])
/** What a workspace may have seen for an import to be its filling. */
const fillingOperations = [
  'createWorkspace',
  'importFacts',
  'createSpace',
  'createGroup',
  'createServiceAccount',
  'putDataSource',
]

/**
 * Whether a batch of an import takes a second admin: a workspace which nothing but imports has filled is free, since nobody's content is in it yet; else every
 * line that says who is who, or who reads what.
 */
export async function isSensitiveImport(
  { trx, workspaceId }: Change,
  lines: readonly { readonly type: string }[],
): Promise<boolean> {
  if (lines.every(({ type }) => harmlessLines.has(type))) return false
  const other = await trx
    .selectFrom('changes')
    .select('revision')
    .where('workspace_id', '=', workspaceId)
    .where('operation', 'not in', fillingOperations)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}
