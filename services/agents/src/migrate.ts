import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { MigrationEnvironment, schema } from './config.ts'
import type { AgentsTables } from './database.ts'
import { migrateAgents } from './migrations.ts'

/** Brings the schema `agents` up to date. Run before the service, with a database user that may create tables. */
const { DATABASE_URL } = loadConfig(MigrationEnvironment, process.env)
const db = createDatabase<AgentsTables>({ url: DATABASE_URL, schema })
try {
  const applied = await migrateAgents(db, schema)
  console.log(applied.length > 0 ? `agents: applied ${applied.join(', ')}` : 'agents: up to date')
} finally {
  await db.destroy()
}
