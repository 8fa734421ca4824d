import { sql } from 'kysely'
import type { Change } from '../changes/writer.ts'

/** Makes exactly these the names that the data source defines. Returns how many rows that took, and which names ended. */
export async function replaceDefinitions(
  { trx, workspaceId, revision }: Change,
  dataSourceId: string,
  wanted: readonly { name: string; kind: string; title: string }[],
): Promise<{ changed: number; ended: string[] }> {
  const names = wanted.map(({ name }) => name)
  const columns = sql`unnest(${names}::text[], ${wanted.map(({ kind }) => kind)}::text[], ${wanted.map(({ title }) => title)}::text[])
    w(name, kind, title)`
  const ended = await sql<{ name: string }>`
    update principals p set to_rev = ${revision}
    where p.workspace_id = ${workspaceId} and p.data_source_id = ${dataSourceId} and p.to_rev is null
      and not exists (select from ${columns} where w.name = p.name and w.title = p.title)
    returning p.name`.execute(trx)
  const made = await sql<{ name: string }>`
    insert into principals (workspace_id, name, kind, title, state, guest, roles, data_source_id, from_rev)
    select ${workspaceId}, w.name, w.kind, w.title, 'active', false, '{}', ${dataSourceId}, ${revision} from ${columns}
    where not exists (select from principals p where p.workspace_id = ${workspaceId} and p.name = w.name and p.to_rev is null)
    returning name`.execute(trx)
  const kept = new Set(names)
  return {
    changed: ended.rows.length + made.rows.length,
    ended: ended.rows.map(({ name }) => name).filter((name) => !kept.has(name)),
  }
}

/** Makes exactly these the memberships that the data source states. Returns how many rows that took. */
export async function replaceMemberships(
  { trx, workspaceId, revision }: Change,
  dataSourceId: string,
  wanted: readonly { container: string; member: string }[],
): Promise<number> {
  const columns = sql`unnest(${wanted.map(({ container }) => container)}::text[], ${wanted.map(({ member }) => member)}::text[])
    w(container, member)`
  const ended = await sql`
    update memberships m set to_rev = ${revision}
    where m.workspace_id = ${workspaceId} and m.data_source_id = ${dataSourceId} and m.to_rev is null
      and not exists (select from ${columns} where w.container = m.container and w.member = m.member)
    returning 1`.execute(trx)
  const made = await sql`
    insert into memberships (workspace_id, container, member, data_source_id, from_rev)
    select ${workspaceId}, w.container, w.member, ${dataSourceId}, ${revision} from ${columns}
    where not exists (select from memberships m
      where m.workspace_id = ${workspaceId} and m.container = w.container and m.member = w.member and m.to_rev is null)
    returning 1`.execute(trx)
  return ended.rows.length + made.rows.length
}
