import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayDataSource } from '../people/may.ts'
import { findDataSource } from './data-sources.store.ts'

/** Starts the age anew, by the database's clock. No fact changes, so the revision stays. */
export const confirmFresh: Make<'confirmFresh'> = ({ write }) =>
  async function confirmFresh({ dataSourceId }, call) {
    return write(
      call,
      { operation: 'confirmFresh', input: { dataSourceId } },
      mayDataSource(dataSourceId),
      async ({ trx, workspaceId }) => {
        if (!(await findDataSource(trx, workspaceId, dataSourceId))) return fail(unknown('data source'))
        await sql`update data_source_confirmations set confirmed_at = clock_timestamp()
        where workspace_id = ${workspaceId} and data_source_id = ${dataSourceId}`.execute(trx)
        return ok({})
      },
    )
  }
