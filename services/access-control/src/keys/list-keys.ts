import type { ApiKey } from '@tessera/shared/contracts/access-control/people'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Selectable } from 'kysely'
import type { Static } from 'typebox'
import { readAs } from '../changes/read-at.ts'
import type { AccessTables } from '../database.ts'
import type { Make } from '../handler.ts'
import { roleFault } from '../people/may.ts'
import { isOwnKey } from './may-keys.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'

/** Keys that were not revoked, oldest first (their ids sort by time): all for admins and auditors, else the caller's own. */
export const listKeys: Make<'listKeys'> = ({ db }) =>
  async function listKeys({ cursor, limit: asked }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: [] }, async ({ trx, workspaceId, revision, row: caller }) => {
      const own = roleFault(caller, call, ['admin', 'auditor'])
      if (own && !isOwnKey(call, caller.name)) return fail(own)
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('api_keys')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('to_rev', 'is', null)
        .orderBy('id')
        .limit(limit + 1)
      if (own) query = query.where('principal', '=', caller.name)
      if (after.value?.[0] !== undefined) query = query.where('id', '>', after.value[0])
      return ok({ ...pageOf(await query.execute(), limit, (row) => [row.id], toApiKey), revision })
    })
  }

export function toApiKey(row: Selectable<AccessTables['api_keys']>): Static<typeof ApiKey> {
  return {
    id: row.id,
    title: row.title,
    prefix: row.prefix,
    principal: row.principal,
    scopes: row.scopes,
    purposes: row.purposes,
    labels: row.labels,
    ...(row.data_source_id === null ? {} : { dataSourceId: row.data_source_id }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
    createdAt: row.created_at.toISOString(),
  }
}
