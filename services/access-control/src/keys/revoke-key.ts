import { fail, ok } from '@tessera/shared/fault/result'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayKey } from './rotate-key.ts'

export const revokeKey: Make<'revokeKey'> = ({ write }) =>
  async function revokeKey({ id }, call) {
    return write(call, { operation: 'revokeKey', kind: 'key', input: { id } }, mayKey(id), async (change) => {
      const { trx, workspaceId, revision } = change
      const key = await trx
        .selectFrom('api_keys')
        .select('to_rev')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!key) return fail(unknown('key'))
      if (key.to_rev !== null) return ok({})
      change.touch()
      await trx.updateTable('api_keys').set({ to_rev: revision }).where('id', '=', id).execute()
      return ok({})
    })
  }
