import { type Kysely, sql } from 'kysely'

const statements = [
  `create table indexes (
    workspace_id text primary key, version integer not null, live text, promoted_at timestamptz not null default now(), next text, next_model text)`,

  `create table index_jobs (
    workspace_id text not null, kind text not null check (kind in ('reindex', 'reconcile')), version integer not null,
    state text not null check (state in ('running', 'finishing', 'promoting', 'stopped', 'failed', 'done')),
    started_at timestamptz not null default now(), ended_at timestamptz, reason text, report jsonb not null default '{}', place text not null default '',
    holder text, held_until timestamptz, primary key (workspace_id, kind))`,

  `alter table documents add column indexed_count integer not null default 0, add column next_version text, add column next_revision bigint,
    add column next_rows text, add column next_count integer not null default 0, add column next_failure text`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
