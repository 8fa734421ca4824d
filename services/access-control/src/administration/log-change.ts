import { ok } from '@tessera/shared/fault/result'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'

/** It takes no second admin: what other services keep says which model serves and what it may cost, not who may read. */
export const logChange: Make<'logChange'> = ({ write }) =>
  async function logChange({ operation, input }, call) {
    return write(call, { operation, input }, mayAdmin, async (change) => {
      change.touch()
      return ok({})
    })
  }
