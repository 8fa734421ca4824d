import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const fallbacks: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table agent_versions add column fallbacks jsonb not null default '[]'`.execute(db)
  },
}
