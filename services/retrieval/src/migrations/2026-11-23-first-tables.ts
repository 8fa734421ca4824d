import { type Kysely, sql } from 'kysely'

const statements = [
  `create table documents (
    workspace_id text not null, document_id text not null, data_source_id text not null, external_id text not null,
    content_version text not null, access_revision bigint not null, title text not null, url text, updated_at text,
    passage_count integer not null, removed boolean not null default false,
    indexed_version text, facts_revision bigint, failure text,
    primary key (workspace_id, document_id))`,
  `create index documents_source on documents (workspace_id, data_source_id) where not removed`,
  `create index documents_failed on documents (workspace_id, document_id) where failure is not null`,

  `create table document_blocks (
    workspace_id text not null, document_id text not null, blocks jsonb not null, primary key (workspace_id, document_id))`,

  `create table passages (
    workspace_id text not null, document_id text not null, ordinal integer not null, passage_id text not null,
    headings text[] not null, text text not null, hash text not null, first_block integer not null, last_block integer not null,
    primary key (workspace_id, document_id, ordinal))`,
  `create unique index passages_id on passages (workspace_id, passage_id)`,

  `create table stale_rows (
    workspace_id text not null, document_id text not null, passage_id text not null, primary key (workspace_id, passage_id))`,
  `create index stale_rows_document on stale_rows (workspace_id, document_id)`,

  `create table index_work (
    workspace_id text not null, document_id text not null, generation bigint not null default 1,
    since_revision bigint, until_revision bigint, attempts integer not null default 0, reason text,
    not_before timestamptz not null default now(), claim text, claimed_until timestamptz,
    enqueued_at timestamptz not null default now(), primary key (workspace_id, document_id))`,
  `create index index_work_next on index_work (workspace_id, (since_revision is null), enqueued_at)`,
  `create index index_work_since on index_work (workspace_id, since_revision) where since_revision is not null`,
  `create index index_work_claim on index_work (claim) where claim is not null`,

  `create table workspaces (workspace_id text primary key, listed_revision bigint not null)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
