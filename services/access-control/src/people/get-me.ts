import { fail, ok } from '@tessera/shared/fault/result'
import { readAt } from '../changes/read-at.ts'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findCaller } from './may.ts'

/** The one operation that answers a pending or deactivated principal. */
export const getMe: Make<'getMe'> = ({ db }) =>
  async function getMe(_, call) {
    const { workspaceId } = call.caller
    const found = await readAt(db, workspaceId, async (trx, revision) => {
      const row = await findCaller(trx, call)
      const workspace = await trx
        .selectFrom('workspaces')
        .select('title')
        .where('id', '=', workspaceId)
        .executeTakeFirst()
      if (!row || !workspace) return fail(unknown('principal'))
      const { name, title: displayName, state, guest, roles } = row
      return ok({ name, displayName, workspaceId, workspaceTitle: workspace.title, state, guest, roles, revision })
    })
    return found.ok ? found : fail(unknown('principal'))
  }
