import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { moveDataSource } from '../sources/put-data-source.ts'
import type { Batch } from './batch.ts'

/** Where data sources belong. A new one has no bound for the age of its facts; that of one which is there stays. */
export async function importDataSources({ change, of, names: defined, refuse, wrote }: Batch): Promise<void> {
  const lines = of('data-source', ({ dataSourceId }) => dataSourceId)
  if (lines.length === 0) return
  const { trx, workspaceId, revision } = change
  const spaces = await findSpaces(
    trx,
    workspaceId,
    lines.map(({ line }) => line.space),
  )
  for (const { number, line } of lines) {
    if (!spaces.has(line.space) && !defined.has(line.space))
      refuse(number, '/space', 'must be known, or defined in this batch or an earlier one')
  }
  const standing = await findDataSources(
    trx,
    workspaceId,
    lines.map(({ line }) => line.dataSourceId),
  )
  const fresh = lines.filter(({ line }) => !standing.has(line.dataSourceId))
  const moved = lines.filter(({ line }) => (standing.get(line.dataSourceId)?.space ?? line.space) !== line.space)
  if (fresh.length + moved.length === 0) return
  change.touch({ readers: true })
  await sql`with made as (
      insert into data_sources (workspace_id, data_source_id, space, from_rev)
      select ${workspaceId}, w.id, w.space, ${revision}::bigint
      from unnest(${fresh.map(({ line }) => line.dataSourceId)}::text[], ${fresh.map(({ line }) => line.space)}::text[]) w(id, space)
      returning data_source_id
    )
    insert into data_source_confirmations (workspace_id, data_source_id, confirmed_at)
    select ${workspaceId}, data_source_id, clock_timestamp() from made on conflict do nothing`.execute(trx)
  for (const { line } of moved) {
    const freshnessMs = standing.get(line.dataSourceId)?.freshness_ms ?? null
    await moveDataSource(change, { dataSourceId: line.dataSourceId, space: line.space, freshnessMs })
  }
  for (const { number } of [...fresh, ...moved]) wrote(number)
}

async function findSpaces(
  db: Kysely<AccessTables>,
  workspaceId: string,
  names: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('principals')
    .select('name')
    .where('workspace_id', '=', workspaceId)
    .where('kind', '=', 'space')
    .where((where) => where.eb('name', '=', where.fn.any(where.val([...names]))))
    .where('to_rev', 'is', null)
    .execute()
  return new Set(rows.map(({ name }) => name))
}

async function findDataSources(db: Kysely<AccessTables>, workspaceId: string, ids: readonly string[]) {
  const rows = await db
    .selectFrom('data_sources')
    .select(['data_source_id', 'space', 'freshness_ms'])
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('data_source_id', '=', where.fn.any(where.val([...ids]))))
    .where('to_rev', 'is', null)
    .execute()
  return new Map(rows.map((row) => [row.data_source_id, row]))
}
