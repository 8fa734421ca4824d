import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Rules that name a detector instead of a pattern. */
const statements = [
  `alter table redaction_rules alter column pattern drop not null, add column detector text,
    add constraint redaction_rules_one check ((pattern is null) <> (detector is null))`,
]

export const detectorRules: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
