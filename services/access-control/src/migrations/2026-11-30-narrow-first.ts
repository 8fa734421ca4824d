import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The walk up from a member must never take the index for the way down. With the workspace in front of both, a planner without statistics sees no difference
 * between them, and reads every membership of the workspace for each step. With the narrow column in front, only one of them fits.
 */
export const narrowFirst: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`drop index memberships_upward, memberships_downward`.execute(db)
    await sql`create unique index memberships_upward on memberships (member, workspace_id, container) where to_rev is null`.execute(
      db,
    )
    await sql`create index memberships_downward on memberships (container, workspace_id, member) where to_rev is null`.execute(
      db,
    )
  },
}
