import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What is looked for in prompts, and how the models do, as each replica sees it. */
export const guardrailsAndHealth: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table configurations add column guardrails jsonb`.execute(db)
    await sql`alter table replicas add column health jsonb not null default '[]'`.execute(db)
  },
}
