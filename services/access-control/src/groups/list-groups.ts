import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { readCursor } from '../paging/paging.ts'
import { listPrincipals } from '../people/list-principals.ts'
import type { PrincipalRow } from '../people/principals.store.ts'

/** Groups and containers, those of sources included. */
export const listGroups: Make<'listGroups'> = ({ db }) =>
  async function listGroups({ cursor, limit, dataSourceId, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const selection = { kinds: ['group', 'container'], dataSourceId } as const
      const page = await listPrincipals(trx, workspaceId, selection, { after: after.value, limit }, toGroup)
      return ok({ ...page, revision })
    })
  }

const toGroup = ({ name, title, data_source_id }: PrincipalRow) => ({
  name,
  title,
  ...(data_source_id === null ? {} : { dataSourceId: data_source_id }),
})
