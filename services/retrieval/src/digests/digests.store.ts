import { inTransaction } from '@tessera/shared/database/database'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'

export type DigestsStore = ReturnType<typeof createDigestsStore>
type Passage = { documentId: string; passageId: string }

/** The texts that were proposed in place of passages. For those who read them in full. */
export function createDigestsStore(db: RetrievalDatabase) {
  return {
    /** Keeps a text, once; false when the passage has gone meanwhile. */
    async keep(
      workspaceId: string,
      { documentId, passageId }: Passage,
      { hash, text, proposedBy }: { hash: string; text: string; proposedBy: string },
    ): Promise<boolean> {
      return inTransaction(db, async (trx) => {
        const { numAffectedRows } = await sql`update documents set variants = true
          where workspace_id = ${workspaceId} and document_id = ${documentId} and not removed
            and exists (select from passages where workspace_id = ${workspaceId} and passage_id = ${passageId})`.execute(
          trx,
        )
        if (numAffectedRows === 0n) return false
        // It takes the place of any other one.
        await sql`delete from digests where workspace_id = ${workspaceId} and passage_id = ${passageId} and hash <> ${hash}`.execute(
          trx,
        )
        await sql`insert into digests (workspace_id, document_id, passage_id, hash, text, proposed_by)
          values (${workspaceId}, ${documentId}, ${passageId}, ${hash}, ${text}, ${proposedBy})
          on conflict (workspace_id, passage_id, hash) do update set approved = false`.execute(trx)
        return true
      })
    },
    async list(workspaceId: string, passageId: string) {
      return db
        .selectFrom('digests')
        .select(['hash', 'text', 'proposed_by as proposedBy', 'proposed_at as proposedAt', 'approved'])
        .where('workspace_id', '=', workspaceId)
        .where('passage_id', '=', passageId)
        .orderBy('proposed_at')
        .orderBy('hash')
        .execute()
    },
    async noteApproved(workspaceId: string, passageId: string, hash: string): Promise<void> {
      await db
        .updateTable('digests')
        .set({ approved: true })
        .where('workspace_id', '=', workspaceId)
        .where('passage_id', '=', passageId)
        .where('hash', '=', hash)
        .execute()
    },
    async drop(workspaceId: string, passageId: string): Promise<void> {
      await db
        .deleteFrom('digests')
        .where('workspace_id', '=', workspaceId)
        .where('passage_id', '=', passageId)
        .execute()
    },
  }
}
