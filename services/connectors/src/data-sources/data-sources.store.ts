import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import type { OutputOf } from '../output-of.ts'
import type { Kysely } from 'kysely'
import type { ConnectorsDatabase, DataSourceRow } from '../database.ts'

/** A data source of this workspace; one of another workspace does not exist here. */
export async function getDataSource(
  db: Kysely<ConnectorsDatabase>,
  workspaceId: string,
  dataSourceId: string,
): Promise<DataSourceRow | undefined> {
  return db
    .selectFrom('data_sources')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', dataSourceId)
    .executeTakeFirst()
}

export const dataSourceOf = (row: DataSourceRow): OutputOf<typeof connectorsContract, 'getDataSource'> => ({
  id: row.id,
  title: row.title,
  space: row.space,
  kind: row.kind,
  createdAt: row.created_at.toISOString(),
  ...(row.connection_id === null ? {} : { connectionId: row.connection_id }),
})
