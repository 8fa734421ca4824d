import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import type { Kysely } from 'kysely'
import type { ConnectionRow, ConnectorsDatabase } from '../database.ts'
import type { OutputOf } from '../output-of.ts'

/** A connection of this workspace; one of another workspace does not exist here. */
export async function getConnection(
  db: Kysely<ConnectorsDatabase>,
  workspaceId: string,
  connectionId: string,
): Promise<ConnectionRow | undefined> {
  return db
    .selectFrom('connections')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', connectionId)
    .executeTakeFirst()
}

export const connectionOf = (row: ConnectionRow): OutputOf<typeof connectorsContract, 'createConnection'> => ({
  id: row.id,
  connector: row.connector,
  title: row.title,
  settings: row.settings,
  createdAt: row.created_at.toISOString(),
})
