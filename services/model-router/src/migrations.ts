import { migrate } from '@tessera/shared/database/migrate'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { ModelsDatabase } from './database.ts'
import { usage } from './migrations/2026-11-23-usage.ts'
import { configuration } from './migrations/2026-11-26-configuration.ts'
import { ledger } from './migrations/2026-11-26-ledger.ts'
import { guardrailsAndHealth } from './migrations/2026-11-27-guardrails-and-health.ts'
import { metadata } from './migrations/2026-11-30-metadata.ts'
import { comparisons } from './migrations/2026-12-01-comparisons.ts'
import { keptAnswers } from './migrations/2026-12-04-kept-answers.ts'

/** Append-only, in the order of their names. */
const migrations: Record<string, Migration> = {
  '2026-11-23-usage': usage,
  '2026-11-26-configuration': configuration,
  '2026-11-26-ledger': ledger,
  '2026-11-27-guardrails-and-health': guardrailsAndHealth,
  '2026-11-30-metadata': metadata,
  '2026-12-01-comparisons': comparisons,
  '2026-12-04-kept-answers': keptAnswers,
}

/** Brings the schema up to date. Returns the names of the migrations that it applied. */
export const migrateModelRouter = (db: Kysely<ModelsDatabase>, schema: string) => migrate(db, schema, migrations)
