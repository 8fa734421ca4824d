import { fail, ok } from '@tessera/shared/fault/result'
import { readAt } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { findCaller, roleFault } from './may.ts'

export const checkRole: Make<'checkRole'> = ({ db }) =>
  async function checkRole({ anyOf }, call) {
    return readAt(db, call.caller.workspaceId, async (trx, revision) => {
      const refusal = roleFault(await findCaller(trx, call), call, anyOf)
      return refusal ? fail(refusal) : ok({ revision })
    })
  }
