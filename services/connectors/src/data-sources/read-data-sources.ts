import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { defaultLimit, pageOf } from '../page-of.ts'
import { dataSourceOf, getDataSource } from './data-sources.store.ts'

type Operations = (typeof connectorsContract)['operations']
type Deps = { db: Kysely<ConnectorsDatabase>; access: AccessClient }

export const createGetDataSource =
  ({ db, access }: Deps): HandlerOf<Operations['getDataSource']> =>
  ({ dataSourceId }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const row = await getDataSource(db, call.caller.workspaceId, dataSourceId)
      return row ? ok(dataSourceOf(row)) : fail(fault('not-found', 'No such data source here.'))
    })

export const createListDataSources =
  ({ db, access }: Deps): HandlerOf<Operations['listDataSources']> =>
  ({ cursor = '', limit = defaultLimit }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const rows = await db
        .selectFrom('data_sources')
        .selectAll()
        .where('workspace_id', '=', call.caller.workspaceId)
        .where('id', '>', cursor)
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return ok(pageOf(rows, limit, dataSourceOf))
    })
