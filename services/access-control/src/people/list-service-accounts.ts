import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { readCursor } from '../paging/paging.ts'
import { toServiceAccount } from './create-service-account.ts'
import { listPrincipals } from './list-principals.ts'

export const listServiceAccounts: Make<'listServiceAccounts'> = ({ db }) =>
  async function listServiceAccounts({ cursor, limit, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const page = { after: after.value, limit }
      return ok({
        ...(await listPrincipals(trx, workspaceId, { kinds: ['service'] }, page, toServiceAccount)),
        revision,
      })
    })
  }
