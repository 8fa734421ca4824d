import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The decision log as a chain of hashes (ACCESS.md section 11). `log_heads` is the only row that writers of one workspace share. Salts are random UUIDs; a
 * document's alias is found again through an index over the hash that makes it, so a mapping can't be bent to another document.
 */
const statements = [
  `drop table decisions`,

  `create table log_heads (
    workspace_id text primary key, salt uuid not null default gen_random_uuid(), sequence bigint not null default 0,
    hash text not null default repeat('0', 64), revision bigint not null default 0, uncovered_since timestamptz,
    checkpoint_sequence bigint not null default 0, checkpointing_until timestamptz, key_id text)
    with (fillfactor = 50)`,

  `create table log_rows (
    workspace_id text not null, sequence bigint not null, id text not null, at timestamptz not null, kind text not null,
    revision bigint not null, policy_version bigint not null, body jsonb not null, previous_hash text not null, row_hash text not null,
    primary key (workspace_id, sequence))`,
  `create unique index log_rows_id on log_rows (workspace_id, id)`,
  `create index log_rows_subject on log_rows (workspace_id, (body ->> 'subject'), sequence)`,

  `create table log_checkpoints (
    workspace_id text not null, sequence bigint not null, hash text not null, revision bigint not null, at timestamptz not null,
    key_id text not null, replaces jsonb, signature text not null, primary key (workspace_id, sequence, at))`,

  `create table log_aliases (
    workspace_id text not null, alias text not null, name text not null, salt uuid not null, primary key (workspace_id, alias),
    unique (workspace_id, name))`,

  `alter table documents add column log_salt uuid default gen_random_uuid()`,
  `create index documents_log_alias on documents
    (workspace_id, substr(sha256((log_salt::text || ' ' || document_id)::bytea), 1, 21)) where log_salt is not null`,
]

export const decisionLog: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
