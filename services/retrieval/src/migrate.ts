import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { MigrationEnvironment } from './config.ts'
import type { RetrievalTables } from './database.ts'
import { migrateRetrieval } from './migrations.ts'

/** Brings the schema `retrieval` up to date. Run before the service, with a database user that may create tables. */
const { DATABASE_URL } = loadConfig(MigrationEnvironment, process.env)
const db = createDatabase<RetrievalTables>({ url: DATABASE_URL, schema: 'retrieval' })
try {
  const applied = await migrateRetrieval(db, 'retrieval')
  console.log(applied.length > 0 ? `retrieval: applied ${applied.join(', ')}` : 'retrieval: up to date')
} finally {
  await db.destroy()
}
