import { fail, ok } from '@tessera/shared/fault/result'
import { standsInRestriction } from '../changes/widening.ts'
import type { Operation } from '../changes/writer.ts'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { endClearances, endPrincipal, findName } from '../people/principals.store.ts'

/** The name stays in every list and is unknown from now on: it grants nothing and denies nobody. Its id never comes back. */
export const deleteGroup: Make<'deleteGroup'> = ({ write }) =>
  async function deleteGroup({ name }, call) {
    const operation: Operation = {
      operation: 'deleteGroup',
      input: { name },
      sensitive: (change) => standsInRestriction(change, name),
    }
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId, revision } = change
      const row = await findName(trx, workspaceId, name)
      if (row?.kind !== 'group') return fail(unknown('group'))
      if (row.data_source_id !== null) return fail(fault('forbidden', 'A group of a source is deleted in the source.'))
      await endPrincipal(change, name)
      await trx
        .updateTable('memberships')
        .set({ to_rev: revision })
        .where('workspace_id', '=', workspaceId)
        .where((where) => where.or([where('container', '=', name), where('member', '=', name)]))
        .where('to_rev', 'is', null)
        .execute()
      await endClearances(change, name)
      return ok({})
    })
  }
