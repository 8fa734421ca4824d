import { migrate } from '@tessera/shared/database/migrate'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { AccessTables } from './database.ts'
import { firstTables } from './migrations/2026-11-23-first-tables.ts'
import { labelsPoliciesAdministration } from './migrations/2026-11-23-labels-policies-administration.ts'
import { decisionLog } from './migrations/2026-11-24-decision-log.ts'
import { questions } from './migrations/2026-11-25-questions.ts'
import { narrowFirst } from './migrations/2026-11-30-narrow-first.ts'
import { detectorRules } from './migrations/2026-12-01-detector-rules.ts'
import { hiddenTitles } from './migrations/2026-12-02-hidden-titles.ts'
import { strictRanking } from './migrations/2026-12-03-strict-ranking.ts'
import { keptAnswers } from './migrations/2026-12-04-kept-answers.ts'

/** Every migration of the schema, by name. Append only: what has landed is never edited. */
const migrations: Record<string, Migration> = {
  '2026-11-23-first-tables': firstTables,
  '2026-11-23-labels-policies-administration': labelsPoliciesAdministration,
  '2026-11-24-decision-log': decisionLog,
  '2026-11-25-questions': questions,
  '2026-11-30-narrow-first': narrowFirst,
  '2026-12-01-detector-rules': detectorRules,
  '2026-12-02-hidden-titles': hiddenTitles,
  '2026-12-03-strict-ranking': strictRanking,
  '2026-12-04-kept-answers': keptAnswers,
}

/** Brings the schema up to date. Returns the names of the migrations that it applied. */
export const migrateAccessControl = (db: Kysely<AccessTables>, schema: string) => migrate(db, schema, migrations)
