import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { quoteIdentifier } from './quote-identifier.ts'

/**
 * Brings a service's schema up to date: creates it if missing, then applies the migrations that it has not seen, in the order of their names
 * (`2026-11-23-first-tables`). They are append-only. Returns the names that were applied.
 */
export async function migrate<T>(
  db: Kysely<T>,
  schema: string,
  migrations: Record<string, Migration>,
): Promise<string[]> {
  await sql.raw(`create schema if not exists ${quoteIdentifier(schema)}`).execute(db)
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableSchema: schema,
  })
  for (let attempt = 1; ; attempt++) {
    const { error, results } = await migrator.migrateToLatest()
    if (!error) return (results ?? []).map((result) => result.migrationName)
    if (attempt === 10 || !isForeignSchemaGone(error)) throw error
  }
}

/**
 * Kysely looks through every schema of the database for its own table, and PostgreSQL fails that query (3F000, 42P01, 42703) where one of
 * them is dropped meanwhile, as tests side by side do. Nothing has been applied then.
 */
const isForeignSchemaGone = (error: unknown) =>
  error instanceof Error && 'code' in error && ['3F000', '42P01', '42703'].includes(String(error.code))
