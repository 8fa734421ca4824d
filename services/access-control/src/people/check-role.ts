import { fail, ok } from '@tessera/shared/fault/result'
import { noWorkspace } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findCallerNow, roleFault } from './may.ts'

export const checkRole: Make<'checkRole'> = ({ db }) =>
  async function checkRole({ anyOf }, call) {
    const now = await findCallerNow(db, call)
    if (!now) return fail(noWorkspace())
    const refusal = roleFault(now.row, call, anyOf)
    return refusal ? fail(refusal) : ok({ revision: now.revision })
  }
