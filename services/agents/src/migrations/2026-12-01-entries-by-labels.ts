import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What was read under other labels was masked for others: it is an entry of its own. */
export const entriesByLabels: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table read_sets drop constraint read_sets_pkey,
      add primary key (message_id, document_id, passage_id, content_version, view, labels)`.execute(db)
  },
}
