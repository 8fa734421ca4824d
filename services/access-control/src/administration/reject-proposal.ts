import { fail, ok } from '@tessera/shared/fault/result'
import { findProposal, toProposal, waitingFault } from '../changes/proposals.store.ts'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'

export const rejectProposal: Make<'rejectProposal'> = ({ write }) =>
  async function rejectProposal({ id }, call) {
    return write(call, { operation: 'rejectProposal', input: { id } }, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      const row = await findProposal(trx, workspaceId, id)
      if (!row) return fail(unknown('proposal'))
      if (row.state === 'rejected') return ok({ proposal: toProposal(row) })
      const over = waitingFault(row)
      if (over) return fail(over)
      change.touch()
      const ended = { state: 'rejected', decided_by: call.caller.subject } as const
      await trx
        .updateTable('proposals')
        .set(ended)
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .execute()
      return ok({ proposal: toProposal({ ...row, ...ended }) })
    })
  }
