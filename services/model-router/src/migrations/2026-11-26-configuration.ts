import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * What a workspace says of its models. `configurations.version` rises with each change, under the lock of its row; a request is served only by what it says at
 * that moment.
 */
const statements = [
  `create table configurations (workspace_id text primary key, version bigint not null)`,

  `create table catalogue (
    workspace_id text not null, model text not null, facts jsonb not null, primary key (workspace_id, model))`,

  // Every definition that a route has had; without one it is ended.
  `create table routes (
    workspace_id text not null, name text not null, version integer not null, definition jsonb,
    changed_by text not null, changed_at timestamptz not null default now(), primary key (workspace_id, name, version))`,
]

export const configuration: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
