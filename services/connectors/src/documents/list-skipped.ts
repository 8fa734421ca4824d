import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { defaultLimit, pageOf } from '../page-of.ts'

type Deps = { db: Kysely<ConnectorsDatabase>; access: AccessClient }

/** What retrieval refused, and what lies in documents and is none; what a folder holds beside them is told by its syncs. */
export const createListSkipped =
  ({ db, access }: Deps): HandlerOf<(typeof connectorsContract)['operations']['listSkipped']> =>
  ({ dataSourceId, cursor = '', limit = defaultLimit }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      if (!(await getDataSource(db, call.caller.workspaceId, dataSourceId)))
        return fail(fault('not-found', 'No such data source here.'))
      const skipped = sql`select external_id as id, rejected as reason, updated_at as at from documents
          where data_source_id = ${dataSourceId} and state = 'live' and rejected is not null
        union all select r."externalId" collate "C", r.reason, d.updated_at from documents d, jsonb_to_recordset(d.refused_parts) as r ("externalId" text, reason text)
          where d.data_source_id = ${dataSourceId} and d.state = 'live' and d.refused_parts is not null`
      const [{ rows }, counts] = await Promise.all([
        sql<{
          id: string
          reason: string
          at: Date
        }>`select * from (${skipped}) as s where id > ${cursor} order by id limit ${limit + 1}`.execute(db),
        sql<{
          reason: string
          count: number
        }>`select reason, count(*) as count from (${skipped}) as s group by reason order by reason`.execute(db),
      ])
      return ok({
        ...pageOf(rows, limit, ({ id, reason, at }) => ({ externalId: id, reason, at: at.toISOString() })),
        counts: Object.fromEntries(counts.rows.map(({ reason, count }) => [reason, count])),
      })
    })
