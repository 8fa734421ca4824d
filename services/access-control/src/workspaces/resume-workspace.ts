import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'

/** Beyond what was seen: tokens that nobody showed may be higher than the highest that somebody did. */
const BEYOND = 1000

/**
 * An admin confirms that the database was restored on purpose. The workspace goes on above every revision that was given out, so that tokens stay in order; and every
 * document counts as changed, so that the index drops what was written after the backup.
 */
export const resumeWorkspace: Make<'resumeWorkspace'> = ({ write, confirmRestored }) =>
  async function resumeWorkspace({ seenRevision }, call) {
    const operation = {
      ...{ operation: 'resumeWorkspace', input: { seenRevision } },
      ...{ whileStopped: true, above: seenRevision + BEYOND },
    }
    const done = await write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId, revision } = change
      const row = await trx
        .selectFrom('workspaces')
        .select(['stopped_at', 'seen_revision'])
        .where('id', '=', workspaceId)
        .executeTakeFirstOrThrow()
      if (!row.stopped_at) return fail(fault('conflict', 'The workspace is not stopped.'))
      if (row.seen_revision !== seenRevision)
        return fail(
          fault(
            'conflict',
            `The highest revision that was given out is ${row.seen_revision}. Look at the settings again.`,
          ),
        )
      change.touch({ readers: true })
      await trx
        .updateTable('workspaces')
        .set({ stopped_at: null, seen_revision: null })
        .where('id', '=', workspaceId)
        .execute()
      await trx.updateTable('documents').set({ index_rev: revision }).where('workspace_id', '=', workspaceId).execute()
      return ok({})
    })
    // Should this fail, the next look at the checkpoints stops the workspace again.
    if (done.ok) await confirmRestored(call.caller.workspaceId, call.caller)
    return done
  }
