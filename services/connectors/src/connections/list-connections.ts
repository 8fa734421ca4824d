import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { orUnavailable } from '../faults.ts'
import { defaultLimit, pageOf } from '../page-of.ts'
import { connectionOf } from './connections.store.ts'

export const createListConnections =
  ({
    db,
    access,
  }: {
    db: Kysely<ConnectorsDatabase>
    access: AccessClient
  }): HandlerOf<(typeof connectorsContract)['operations']['listConnections']> =>
  ({ cursor = '', limit = defaultLimit }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const rows = await db
        .selectFrom('connections')
        .selectAll()
        .where('workspace_id', '=', call.caller.workspaceId)
        .where('id', '>', cursor)
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return ok(pageOf(rows, limit, connectionOf))
    })
