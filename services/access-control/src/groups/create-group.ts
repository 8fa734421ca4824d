import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { definePrincipal } from '../people/principals.store.ts'

export const createGroup: Make<'createGroup'> = ({ write }) =>
  async function createGroup({ title, idempotencyKey: key }, call) {
    return write(call, { operation: 'createGroup', input: { title }, key }, mayAdmin, async (change) => {
      const row = await definePrincipal(change, { name: `group:${newId('grp')}`, kind: 'group', title })
      return ok({ group: { name: row.name, title: row.title } })
    })
  }
