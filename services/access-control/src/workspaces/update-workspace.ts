import { ok } from '@tessera/shared/fault/result'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { settingsOf } from './get-workspace.ts'

/** To switch the second admin on takes one admin. It takes effect for the change that follows. */
export const updateWorkspace: Make<'updateWorkspace'> = ({ write }) =>
  async function updateWorkspace({ title, twoAdmins }, call) {
    const operation = { operation: 'updateWorkspace', input: { title, twoAdmins }, sensitive: twoAdmins === false }
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      const current = await settingsOf(trx, workspaceId)
      const workspace = { ...current, title: title ?? current.title, twoAdmins: twoAdmins ?? current.twoAdmins }
      if (workspace.title === current.title && workspace.twoAdmins === current.twoAdmins) return ok({ workspace })
      change.touch()
      await trx
        .updateTable('workspaces')
        .set({ title: workspace.title, two_admins: workspace.twoAdmins })
        .where('id', '=', workspaceId)
        .execute()
      return ok({ workspace })
    })
  }
