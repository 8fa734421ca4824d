import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { readCursor } from '../paging/paging.ts'
import { listPrincipals } from './list-principals.ts'
import { toUser } from './principals.store.ts'

export const listUsers: Make<'listUsers'> = ({ db }) =>
  async function listUsers({ cursor, limit, state, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const page = await listPrincipals(
        trx,
        workspaceId,
        { kinds: ['user'], state },
        { after: after.value, limit },
        toUser,
      )
      return ok({ ...page, revision })
    })
  }
