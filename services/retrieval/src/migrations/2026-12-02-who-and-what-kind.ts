import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table documents add column authors text[] not null default '{}', add column media_type text`.execute(
    db,
  )
}
