import { migrate } from '@tessera/shared/database/migrate'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { AccessTables } from './database.ts'
import { firstTables } from './migrations/2026-11-23-first-tables.ts'

/** Every migration of the schema, by name. Append only: what has landed is never edited. */
const migrations: Record<string, Migration> = {
  '2026-11-23-first-tables': firstTables,
}

/** Brings the schema up to date. Returns the names of the migrations that it applied. */
export const migrateAccessControl = (db: Kysely<AccessTables>, schema: string) => migrate(db, schema, migrations)
