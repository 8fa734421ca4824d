import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table documents add column attachments jsonb`.execute(db)
  await sql`create table attachments (
    workspace_id text not null, document_id text not null, content_version text not null, part text not null, read jsonb not null,
    primary key (workspace_id, document_id, content_version, part))`.execute(db)
}
