import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { MigrationEnvironment } from './config.ts'
import type { ModelsDatabase } from './database.ts'
import { migrateModelRouter } from './migrations.ts'

/** Brings the schema `models` up to date. Run before the service, with a database user that may create tables. */
const { DATABASE_URL } = loadConfig(MigrationEnvironment, process.env)
const db = createDatabase<ModelsDatabase>({ url: DATABASE_URL, schema: 'models' })
try {
  const applied = await migrateModelRouter(db, 'models')
  console.log(applied.length > 0 ? `models: applied ${applied.join(', ')}` : 'models: up to date')
} finally {
  await db.destroy()
}
