import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { definePrincipal } from '../people/principals.store.ts'

export const createSpace: Make<'createSpace'> = ({ write }) =>
  async function createSpace({ title, idempotencyKey: key }, call) {
    return write(call, { operation: 'createSpace', input: { title }, key }, mayAdmin, async (change) => {
      const row = await definePrincipal(change, { name: `space:${newId('spc')}`, kind: 'space', title })
      return ok({ space: { name: row.name, title: row.title } })
    })
  }
