import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { insertSync } from './sync-worker.ts'
import { syncOf } from './syncs.store.ts'

type Deps = { db: Kysely<ConnectorsDatabase>; access: AccessClient; wake: () => void }

/** Starts a sync, or tells the one that is running. Which replica runs it is decided by who takes it up. */
export const createStartSync =
  ({ db, access, wake }: Deps): HandlerOf<(typeof connectorsContract)['operations']['startSync']> =>
  ({ dataSourceId }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const dataSource = await getDataSource(db, call.caller.workspaceId, dataSourceId)
      if (!dataSource) return fail(fault('not-found', 'No such data source here.'))
      if (dataSource.kind !== 'sync') return fail(fault('invalid', 'Documents are pushed into this data source.'))
      await insertSync(db, dataSource)
      wake()
      const row = await db
        .selectFrom('syncs')
        .selectAll()
        .where('data_source_id', '=', dataSourceId)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow()
      return ok(syncOf(row))
    })
