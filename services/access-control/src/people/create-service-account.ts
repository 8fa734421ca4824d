import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Make } from '../handler.ts'
import { mayAdmin } from './may.ts'
import { definePrincipal, type PrincipalRow } from './principals.store.ts'

export const createServiceAccount: Make<'createServiceAccount'> = ({ write }) =>
  async function createServiceAccount({ displayName, idempotencyKey: key }, call) {
    return write(call, { operation: 'createServiceAccount', input: { displayName }, key }, mayAdmin, async (change) => {
      const row = await definePrincipal(change, {
        name: `service:${newId('svc')}`,
        kind: 'service',
        title: displayName,
      })
      return ok({ serviceAccount: toServiceAccount(row) })
    })
  }

export const toServiceAccount = ({ name, title, state }: PrincipalRow) => ({
  name,
  displayName: title,
  state: state === 'active' ? ('active' as const) : ('deactivated' as const),
})
