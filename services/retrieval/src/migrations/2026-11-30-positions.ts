import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table passages add column start_character integer, add column end_character integer, add column place jsonb`.execute(
    db,
  )
}
