import { type Kysely, sql } from 'kysely'

const statements = [
  `alter table documents add column marks jsonb, add column rule_version bigint not null default 0,
    add column labelled boolean not null default false, add column variants boolean not null default false, add column indexed_rows text`,
  `create index documents_rules on documents (workspace_id, rule_version) where not removed`,
  `alter table passages add column marking jsonb`,

  `create table passage_variants (
    workspace_id text not null, document_id text not null, passage_id text not null, view text not null check (view in ('redacted', 'digest')),
    hash text not null, title text not null, headings text[] not null, text text not null,
    primary key (workspace_id, passage_id, view))`,
  `create index passage_variants_document on passage_variants (workspace_id, document_id)`,

  `create table digests (
    workspace_id text not null, document_id text not null, passage_id text not null, hash text not null, text text not null,
    proposed_by text not null, proposed_at timestamptz not null default now(), approved boolean not null default false,
    primary key (workspace_id, passage_id, hash))`,
  `create index digests_document on digests (workspace_id, document_id)`,

  `alter table workspaces add column rule_version bigint not null default 0`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
