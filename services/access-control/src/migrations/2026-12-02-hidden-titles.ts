import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** A redacted text that shows the title ends with the redefinition that hides it, not only once it was made anew. */
export const hiddenTitles: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table passage_variants add hides_title boolean not null default false`.execute(db)
  },
}
