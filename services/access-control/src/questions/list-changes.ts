import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'

/** What was changed when, by whom: newest first. Which facts a change was about is for the log; here stands what was done. */
export const listChanges: Make<'listChanges'> = ({ db, log }) =>
  async function listChanges({ cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    const limit = limitOf(asked)
    const listed = await readAs(
      db,
      call,
      { anyOf: ['admin', 'auditor'], atLeast },
      async ({ trx, workspaceId, revision }) => {
        let query = trx
          .selectFrom('changes')
          .select(['revision', 'at', 'operation', 'subject', 'actors'])
          .where('workspace_id', '=', workspaceId)
          .orderBy('revision', 'desc')
          .limit(limit + 1)
        if (after.value) query = query.where('revision', '<', Number(after.value[0]) || 0)
        const page = pageOf(
          await query.execute(),
          limit,
          (row) => [String(row.revision)],
          (row) => ({ ...row, at: row.at.toISOString() }),
        )
        return ok({ ...page, revision })
      },
    )
    if (!listed.ok) return listed
    const { workspaceId, subject, actors } = call.caller
    const { revision, items } = listed.value
    const details = { items: items.length }
    await log.append({ workspaceId, kind: 'audit', operation: 'listChanges', subject, actors, revision, details })
    return listed
  }
