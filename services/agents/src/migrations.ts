import { migrate } from '@tessera/shared/database/migrate'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { firstTables } from './migrations/2026-11-23-first-tables.ts'
import { participantsAndLabels } from './migrations/2026-11-24-participants-and-labels.ts'
import { fallbacks } from './migrations/2026-11-26-fallbacks.ts'
import { entriesByLabels } from './migrations/2026-12-01-entries-by-labels.ts'
import { keptAnswers } from './migrations/2026-12-04-kept-answers.ts'

/** Append-only, in the order of their names. */
const migrations: Record<string, Migration> = {
  '2026-11-23-first-tables': firstTables,
  '2026-11-24-participants-and-labels': participantsAndLabels,
  '2026-11-26-fallbacks': fallbacks,
  '2026-12-01-entries-by-labels': entriesByLabels,
  '2026-12-04-kept-answers': keptAnswers,
}

/** Brings the schema of the agents up to date; returns the names of what was applied. */
export const migrateAgents = <T>(db: Kysely<T>, schema: string): Promise<string[]> => migrate(db, schema, migrations)
