import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import { checkpointLine, rowLine } from './ocsf.ts'
import { toCheckpoint, toLogRow } from './stored-row.ts'

const PAGE_ROWS = 500

/**
 * The log as NDJSON, in chunks of whole lines: every row up to the last that stood when it began, each checkpoint after the last row that it covers. It holds a
 * page of rows in memory, however long the log is. `from` leaves out the rows before it; the verifier has to be told so.
 */
export async function* exportLog(
  db: Kysely<AccessTables>,
  workspaceId: string,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: { from?: number; to?: number } = {},
): AsyncGenerator<string> {
  const head = await db
    .selectFrom('log_heads')
    .select('sequence')
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst()
  const end = Math.min(to, head?.sequence ?? 0)
  for (let start = from; start <= end; start += PAGE_ROWS) {
    yield await exportPage(db, workspaceId, start, Math.min(end, start + PAGE_ROWS - 1))
  }
}

async function exportPage(db: Kysely<AccessTables>, workspaceId: string, first: number, last: number) {
  const rows = await db
    .selectFrom('log_rows')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('sequence', '>=', first)
    .where('sequence', '<=', last)
    .orderBy('sequence')
    .execute()
  const checkpoints = await db
    .selectFrom('log_checkpoints')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('sequence', '>=', first)
    .where('sequence', '<=', last)
    .orderBy('sequence')
    .orderBy('at')
    .execute()
  const bySequence = Map.groupBy(checkpoints, ({ sequence }) => sequence)
  return rows
    .flatMap((row) => [
      rowLine(toLogRow(row), row.row_hash),
      ...(bySequence.get(row.sequence) ?? []).map((checkpoint) => checkpointLine(toCheckpoint(checkpoint))),
    ])
    .map((line) => `${line}\n`)
    .join('')
}
