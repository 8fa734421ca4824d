import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Who compared what and how they voted, and what each answer that came to its end took: numbers, no text. A vote without a winner is for none of them. What became of
 * the other lanes stands in the ledger.
 */
const statements = [
  `create table comparisons (
    id text primary key, workspace_id text not null, subject text not null, agent text, at timestamptz not null default clock_timestamp(),
    winner smallint, voted_at timestamptz)`,
  `create index comparisons_by_workspace on comparisons (workspace_id, at)`,
  `create table comparison_lanes (
    comparison_id text not null references comparisons on delete cascade, lane smallint not null, model text not null,
    input_tokens bigint not null, output_tokens bigint not null, cost_micros bigint, first_content_ms double precision not null,
    total_ms double precision not null, primary key (comparison_id, lane))`,
]

export const comparisons: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
