import { type Kysely, sql } from 'kysely'

/** Attachments are kept as they were found, and read when their turn comes: what was read before waits for nobody. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`truncate attachments`.execute(db)
  await sql`alter table attachments drop column read, add column bytes bytea not null`.execute(db)
  await sql`alter table attachments alter column bytes set storage external`.execute(db)
}
