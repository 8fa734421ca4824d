import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { defaultLimit, pageOf } from '../page-of.ts'
import { syncOf } from './syncs.store.ts'

type Operations = (typeof connectorsContract)['operations']
type Deps = { db: Kysely<ConnectorsDatabase>; access: AccessClient }

export const createGetSync =
  ({ db, access }: Deps): HandlerOf<Operations['getSync']> =>
  ({ dataSourceId, syncId }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const row = await db
        .selectFrom('syncs')
        .selectAll()
        .where('workspace_id', '=', call.caller.workspaceId)
        .where('data_source_id', '=', dataSourceId)
        .where('id', '=', syncId)
        .executeTakeFirst()
      return row ? ok(syncOf(row)) : fail(fault('not-found', 'No such sync here.'))
    })

export const createListSyncs =
  ({ db, access }: Deps): HandlerOf<Operations['listSyncs']> =>
  ({ dataSourceId, cursor, limit = defaultLimit }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      if (!(await getDataSource(db, call.caller.workspaceId, dataSourceId))) {
        return fail(fault('not-found', 'No such data source here.'))
      }
      let query = db.selectFrom('syncs').selectAll().where('data_source_id', '=', dataSourceId)
      if (cursor !== undefined) query = query.where('id', '<', cursor)
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return ok(pageOf(rows, limit, syncOf))
    })
