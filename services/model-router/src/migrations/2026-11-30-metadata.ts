import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What callers note with their requests. */
export const metadata: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table ledger add column metadata jsonb`.execute(db)
  },
}
