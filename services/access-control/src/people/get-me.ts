import { fail, ok } from '@tessera/shared/fault/result'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findCallerNow } from './may.ts'

/** The one operation that answers a pending or deactivated principal. */
export const getMe: Make<'getMe'> = ({ db }) =>
  async function getMe(_, call) {
    const now = await findCallerNow(db, call)
    if (!now?.row) return fail(unknown('principal'))
    const { revision, workspaceTitle } = now
    const { name, title: displayName, state, guest, roles } = now.row
    const { workspaceId } = call.caller
    return ok({ name, displayName, workspaceId, workspaceTitle, state, guest, roles, revision })
  }
