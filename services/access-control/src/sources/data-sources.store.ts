import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'

export const findDataSource = (db: Kysely<AccessTables>, workspaceId: string, dataSourceId: string) =>
  db
    .selectFrom('data_sources')
    .select(['space', 'freshness_ms'])
    .where('workspace_id', '=', workspaceId)
    .where('data_source_id', '=', dataSourceId)
    .where('to_rev', 'is', null)
    .executeTakeFirst()
