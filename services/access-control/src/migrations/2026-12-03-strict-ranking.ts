import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const strictRanking: Migration = {
  async up(db) {
    await sql`alter table workspaces add strict_ranking boolean not null default false`.execute(db)
  },
}
