import type { Bus } from '@tessera/shared/bus/bus'
import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { anotherRequest, answerOnce, findKept } from '@tessera/shared/database/answer-once'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Kysely } from 'kysely'
import type { Static } from 'typebox'
import { failFromAccessWrite } from '../callers/access-faults.ts'
import { asDataSource } from '../callers/as-data-source.ts'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import { getConnection } from '../connections/connections.store.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { dataSourceOf } from './data-sources.store.ts'

type Made = Static<(typeof connectorsContract)['operations']['createDataSource']['output']>

type Deps = { db: Kysely<ConnectorsDatabase>; bus: Bus; access: AccessClient; freshnessMs: number }

/** Makes a data source: access-control knows of it before we do, so that no document can come before its space. */
export const createCreateDataSource =
  ({ db, bus, access, freshnessMs }: Deps): HandlerOf<(typeof connectorsContract)['operations']['createDataSource']> =>
  ({ title, space, connectionId, idempotencyKey: key }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const { workspaceId } = call.caller
      const keyed = { caller: call.caller, operation: 'createDataSource', key, input: { title, space, connectionId } }
      const kept = await findKept<ConnectorsDatabase, Made>(db, keyed)
      if (kept) return kept === 'another' ? fail(fault('conflict', anotherRequest)) : ok(kept)
      if (connectionId !== undefined && !(await getConnection(db, workspaceId, connectionId))) {
        return fail(fault('not-found', 'No such connection here.'))
      }
      const id = newId('src')
      const kind = connectionId === undefined ? 'push' : 'sync'
      const known = await access.putDataSource(
        { dataSourceId: id, space, ...(kind === 'sync' ? { freshnessMs } : {}) },
        asDataSource(bus, { id, workspace_id: workspaceId }, { timeoutMs: 5000, signal: call.signal }),
      )
      if (!known.ok) return failFromAccessWrite(known.fault)
      const made = await inTransaction(db, (trx) =>
        answerOnce(trx, keyed, async (): Promise<Made> => {
          const row = await trx
            .insertInto('data_sources')
            .values({ id, workspace_id: workspaceId, title, space, kind, connection_id: connectionId ?? null })
            .returningAll()
            .executeTakeFirstOrThrow()
          return { dataSource: dataSourceOf(row), revision: known.value.revision }
        }),
      )
      return made ? ok(made) : fail(fault('conflict', anotherRequest))
    })
