import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** For those who ask who can read what, now and at a past revision: grants by the names in them, and what ended since. */
const statements = [
  `create index document_facts_allow on document_facts using gin (allow) where to_rev is null and layer = 'source'`,
  `create index document_facts_gated on document_facts (workspace_id) where to_rev is null and gates <> '{}'`,
  `create index document_facts_ended on document_facts (workspace_id, to_rev) where to_rev is not null`,
  `create index memberships_ended on memberships (workspace_id, member, container) where to_rev is not null`,
  `create index identity_links_ended on identity_links (workspace_id, user_name) where to_rev is not null`,
]

export const questions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
