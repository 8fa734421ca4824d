import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const usage: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table usage (
        id bigint generated always as identity primary key,
        at timestamptz not null default now(),
        workspace_id text not null,
        subject text not null,
        actors text[] not null,
        model text not null,
        operation text not null,
        outcome text not null,
        input_tokens bigint not null,
        output_tokens bigint not null,
        estimated boolean not null,
        first_text_ms double precision,
        total_ms double precision,
        decision_ids text[] not null
      )`.execute(db)
    await sql`create index usage_by_workspace on usage (workspace_id, id)`.execute(db)
    await sql`create index usage_by_subject on usage (workspace_id, subject, id)`.execute(db)
  },
}
