import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { MigrationEnvironment, schema } from './config.ts'
import type { ConnectorsDatabase } from './database.ts'
import { migrateConnectors } from './migrations.ts'

// A command of its own, so that the service's database user need not be allowed to change tables.
const { DATABASE_URL } = loadConfig(MigrationEnvironment, process.env)
const db = createDatabase<ConnectorsDatabase>({ url: DATABASE_URL, schema })
try {
  const applied = await migrateConnectors(db, schema)
  console.log(applied.length > 0 ? `${schema}: applied ${applied.join(', ')}` : `${schema}: up to date`)
} finally {
  await db.destroy()
}
