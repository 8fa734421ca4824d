import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The ledger takes the place of `usage`: what was known of old requests is kept. `charges` says which budgets a row counts for, and, while it is `started`, how
 * much of them should its process die.
 *
 * Of a budget's period, `spent` is settled, and `held` is what replicas have set aside for requests: together they never exceed a hard limit. `budget_blocks` says
 * which replica holds what, so that what a dead one held can be freed.
 */
const statements = [
  `create table replicas (id text primary key, seen_at timestamptz not null default clock_timestamp())`,

  `create table ledger (
    id text primary key, at timestamptz not null default clock_timestamp(), workspace_id text not null, replica_id text not null,
    subject text not null, actors text[] not null, key_id text, purpose text, operation text not null,
    asked text not null, model text not null, route text, outcome text not null,
    input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint, reasoning_tokens bigint,
    estimated boolean not null, cost_micros bigint, first_content_ms double precision, total_ms double precision,
    decision_ids text[] not null, notes text[] not null default '{}', charges jsonb not null default '[]')`,
  `insert into ledger (id, at, workspace_id, replica_id, subject, actors, operation, asked, model, outcome, input_tokens, output_tokens, estimated,
      first_content_ms, total_ms, decision_ids)
    select 'usg_' || lpad(id::text, 26, '0'), at, workspace_id, '', subject, actors, operation, model, model,
      case outcome when 'started' then 'lost' else outcome end, input_tokens, output_tokens, estimated, first_text_ms, total_ms, decision_ids
    from usage`,
  `drop table usage`,
  `create index ledger_by_workspace on ledger (workspace_id, id)`,
  `create index ledger_by_subject on ledger (workspace_id, subject, id)`,
  `create index ledger_by_time on ledger (workspace_id, at)`,
  `create index ledger_started on ledger (replica_id) where outcome = 'started'`,

  `create table budgets (
    id text primary key, workspace_id text not null, definition jsonb not null, created_at timestamptz not null default now())`,
  `create index budgets_by_workspace on budgets (workspace_id)`,
  `create table budget_periods (
    budget_id text not null, counter text not null, period text not null, ends_at timestamptz, spent bigint not null default 0,
    held bigint not null default 0, primary key (budget_id, counter, period)) with (fillfactor = 50)`,
  `create table budget_blocks (
    budget_id text not null, counter text not null, period text not null, replica_id text not null, held bigint not null,
    primary key (replica_id, budget_id, counter, period)) with (fillfactor = 50)`,
]

export const ledger: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
