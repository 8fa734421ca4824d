import { inTransaction } from '@tessera/shared/database/database'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'

/**
 * Stops a workspace whose database is behind a revision that was given out: it was restored from a backup, and what was revoked since then would be readable
 * again (ACCESS.md section 8). Tells whether it is stopped. Who calls this vouches for the revision: it comes from an authenticated token, a service's own
 * progress, or a signed checkpoint. `evenAt`: although the revision was reached, since the history is another.
 */
export async function stopWorkspace(
  db: Kysely<AccessTables>,
  workspaceId: string,
  seenRevision: number,
  { evenAt = false }: { evenAt?: boolean } = {},
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    // Under the lock: a writer that is about to reach this revision has then reached it.
    const { rows } = await sql<{ revision: number }>`
      select revision from workspaces where id = ${workspaceId} for update`.execute(trx)
    const [workspace] = rows
    if (!workspace || (workspace.revision >= seenRevision && !evenAt)) return false
    await sql`update workspaces set stopped_at = coalesce(stopped_at, clock_timestamp()),
      seen_revision = greatest(seen_revision, ${Math.max(seenRevision, workspace.revision)}) where id = ${workspaceId}`.execute(
      trx,
    )
    return true
  })
}
