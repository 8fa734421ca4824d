import { isDeepStrictEqual } from 'node:util'
import { ok } from '@tessera/shared/fault/result'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { settingsOf } from './get-workspace.ts'

/** To switch the second admin or strict ranking on takes one admin, to switch either off takes two. It takes effect for what follows. */
export const updateWorkspace: Make<'updateWorkspace'> = ({ write }) =>
  async function updateWorkspace({ title, twoAdmins, strictRanking }, call) {
    const sensitive = twoAdmins === false || strictRanking === false
    const operation = { operation: 'updateWorkspace', input: { title, twoAdmins, strictRanking }, sensitive }
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      const current = await settingsOf(trx, workspaceId)
      const workspace = {
        ...current,
        title: title ?? current.title,
        twoAdmins: twoAdmins ?? current.twoAdmins,
        strictRanking: strictRanking ?? current.strictRanking ?? false,
      }
      if (isDeepStrictEqual(workspace, current)) return ok({ workspace })
      change.touch()
      await trx
        .updateTable('workspaces')
        .set({
          title: workspace.title,
          two_admins: workspace.twoAdmins,
          strict_ranking: workspace.strictRanking,
        })
        .where('id', '=', workspaceId)
        .execute()
      return ok({ workspace })
    })
  }
