import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { Batch } from './batch.ts'

const everybody = ['public', 'workspace:members']

/** Members of the workspace's own groups and of spaces: those of sources come from their sources. */
export async function importMemberships({ change, of, names: defined, refuse, wrote }: Batch): Promise<void> {
  const lines = of('membership', ({ container, member }) => `${container} ${member}`)
  if (lines.length === 0) return
  const { trx, workspaceId, revision } = change
  const names = new Set(lines.flatMap(({ line }) => [line.container, line.member]))
  const known = new Set([...(await findKnown(trx, workspaceId, [...names])), ...everybody, ...defined])
  for (const { number, line } of lines) {
    if (!known.has(line.container))
      refuse(number, '/container', 'must be known, or defined in this batch or an earlier one')
    if (!known.has(line.member)) refuse(number, '/member', 'must be known, or defined in this batch or an earlier one')
  }
  const { rows } = await sql<{ container: string; member: string }>`
    insert into memberships (workspace_id, container, member, from_rev)
    select ${workspaceId}, w.container, w.member, ${revision}::bigint
    from unnest(${lines.map(({ line }) => line.container)}::text[], ${lines.map(({ line }) => line.member)}::text[]) w(container, member)
    where not exists (select from memberships m
      where m.workspace_id = ${workspaceId} and m.container = w.container and m.member = w.member and m.to_rev is null)
    returning container, member`.execute(trx)
  if (rows.length > 0) change.touch({ readers: true })
  const made = new Set(rows.map(({ container, member }) => `${container} ${member}`))
  for (const { number, line } of lines) if (made.has(`${line.container} ${line.member}`)) wrote(number)
}

async function findKnown(db: Kysely<AccessTables>, workspaceId: string, names: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('principals')
    .select('name')
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('name', '=', where.fn.any(where.val([...names]))))
    .where('to_rev', 'is', null)
    .execute()
  return rows.map(({ name }) => name)
}
