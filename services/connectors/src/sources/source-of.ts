import type { Kysely } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'
import { folderSource } from './folder/folder-source.ts'
import type { Source } from './source.ts'

/** The source behind a data source, as its connection has it now. */
export const createSourceOf =
  (db: Kysely<ConnectorsDatabase>, folderRoots: readonly string[], maxFileBytes: number) =>
  async (dataSourceId: string): Promise<Source> => {
    const { settings } = await db
      .selectFrom('data_sources')
      .innerJoin('connections', 'connections.id', 'data_sources.connection_id')
      .select('connections.settings')
      .where('data_sources.id', '=', dataSourceId)
      .executeTakeFirstOrThrow()
    return folderSource(settings.root, folderRoots, maxFileBytes)
  }
