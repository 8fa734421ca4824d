import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import type { CheckpointSink } from './checkpoint-sink.ts'

/** The database holds less than, or something else than, what was vouched for: a restored backup, or a log that was made anew. */
export type Behind = {
  workspaceId: string
  /** `rows` or `revision`: the database is behind the checkpoint. `history`: it holds another row at its place. */
  what: 'rows' | 'revision' | 'history'
  checkpoint: SignedCheckpoint
}

/** Every workspace whose last checkpoint in the sink is ahead of the database, or of another history. */
export async function compareWithSink(db: Kysely<AccessTables>, sink: CheckpointSink): Promise<Behind[]> {
  const found: Behind[] = []
  for (const workspaceId of await sink.workspaces()) {
    const behind = await compareWorkspace(db, sink, workspaceId)
    if (behind) found.push(behind)
  }
  return found
}

export async function compareWorkspace(
  db: Kysely<AccessTables>,
  sink: CheckpointSink,
  workspaceId: string,
): Promise<Behind | undefined> {
  const checkpoint = await sink.last(workspaceId)
  if (!checkpoint) return undefined
  const { workspace, head, row } = await findStanding(db, workspaceId, checkpoint.sequence)
  const behind = (what: Behind['what']) => ({ workspaceId, what, checkpoint })
  if ((head?.sequence ?? 0) < checkpoint.sequence) return behind('rows')
  if ((workspace?.revision ?? 0) < checkpoint.revision) return behind('revision')
  return row?.row_hash === checkpoint.hash ? undefined : behind('history')
}

async function findStanding(db: Kysely<AccessTables>, workspaceId: string, sequence: number) {
  const [workspace, head, row] = await Promise.all([
    db.selectFrom('workspaces').select('revision').where('id', '=', workspaceId).executeTakeFirst(),
    db.selectFrom('log_heads').select('sequence').where('workspace_id', '=', workspaceId).executeTakeFirst(),
    db
      .selectFrom('log_rows')
      .select('row_hash')
      .where('workspace_id', '=', workspaceId)
      .where('sequence', '=', sequence)
      .executeTakeFirst(),
  ])
  return { workspace, head, row }
}
