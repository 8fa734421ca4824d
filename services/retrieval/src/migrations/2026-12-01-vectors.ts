import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table vectors (
    workspace_id text not null, document_id text not null, model text not null, hash text not null, vector bytea not null,
    primary key (workspace_id, document_id, model, hash))`.execute(db)
}
