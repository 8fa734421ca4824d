import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeptAnswers } from '@tessera/shared/database/answer-once'
import { migrate } from '@tessera/shared/database/migrate'
import type { ConnectorsDatabase } from './database.ts'

/** Brings the tables of the connectors up to date; answers the names of what was applied. */
export const migrateConnectors = (db: Kysely<ConnectorsDatabase>, schema: string) => migrate(db, schema, migrations)

/** Append-only: a migration that has been released is never changed. Tables are made in the schema of the connection's search path. */
const migrations: Record<string, Migration> = {
  '2026-11-23-first-tables': {
    async up(db: Kysely<unknown>) {
      for (const statement of firstTables) await sql.raw(statement).execute(db)
    },
  },
  '2026-11-30-files': {
    async up(db: Kysely<unknown>) {
      for (const statement of files) await sql.raw(statement).execute(db)
    },
  },
  '2026-11-30-refused-parts': {
    async up(db: Kysely<unknown>) {
      await sql`alter table documents add column refused_parts jsonb`.execute(db)
    },
  },
  '2026-12-04-kept-answers': {
    async up(db: Kysely<unknown>) {
      await sql.raw(createKeptAnswers).execute(db)
    },
  },
}

const firstTables = [
  `create table connections (
    id text primary key,
    workspace_id text not null,
    connector text not null,
    title text not null,
    settings jsonb not null,
    created_at timestamptz not null default now()
  )`,
  'create index on connections (workspace_id, id)',
  `create table data_sources (
    id text primary key,
    workspace_id text not null,
    title text not null,
    space text not null,
    kind text not null check (kind in ('sync', 'push')),
    connection_id text references connections (id),
    directory jsonb,
    next_sync_at timestamptz,
    created_at timestamptz not null default now(),
    check ((kind = 'sync') = (connection_id is not null))
  )`,
  'create index on data_sources (workspace_id, id)',
  'create index on data_sources (next_sync_at) where next_sync_at is not null',
  `create table documents (
    id text primary key,
    workspace_id text not null,
    data_source_id text not null references data_sources (id),
    external_id text collate "C" not null,
    state text not null default 'live' check (state in ('live', 'removing')),
    content_version text not null,
    content_hash text not null,
    pending boolean not null default true,
    access_hash text,
    access_revision bigint,
    fingerprint text,
    size_bytes bigint not null,
    rejected text,
    changed_in text,
    moved_in text,
    lease_token text,
    lease_until timestamptz,
    updated_at timestamptz not null default now()
  )`,
  `create unique index documents_live on documents (data_source_id, external_id) where state = 'live'`,
  'create index on documents (data_source_id, id)',
  'create index on documents (data_source_id, content_hash)',
  `create index on documents (lease_until) where pending or state = 'removing'`,
  `create table originals (
    document_id text primary key references documents (id) on delete cascade,
    content jsonb not null,
    access jsonb not null
  )`,
  `create table syncs (
    id text primary key,
    workspace_id text not null,
    data_source_id text not null references data_sources (id),
    state text not null default 'running' check (state in ('running', 'done', 'failed')),
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    total integer,
    seen integer not null default 0,
    written integer not null default 0,
    unchanged integer not null default 0,
    removed integer not null default 0,
    moved integer not null default 0,
    skipped integer not null default 0,
    skipped_reasons jsonb not null default '[]',
    fault jsonb,
    checkpoint jsonb,
    attempts integer not null default 0,
    lease_token text,
    lease_until timestamptz
  )`,
  `create unique index syncs_running on syncs (data_source_id) where state = 'running'`,
  'create index on syncs (data_source_id, id)',
]

const files = [
  `create table uploads (
    id text primary key,
    workspace_id text not null,
    data_source_id text not null references data_sources (id),
    document_id text,
    created_at timestamptz not null default now()
  )`,
  'create index on uploads (document_id) where document_id is not null',
  'create index on uploads (created_at) where document_id is null',
  `create table upload_parts (
    upload_id text not null references uploads (id) on delete cascade,
    part integer not null,
    start_at bigint not null,
    bytes bytea not null,
    primary key (upload_id, part)
  )`,
  'alter table upload_parts alter column bytes set storage external',
  'alter table documents add column parent_id text, add column part text',
  'create index on documents (parent_id) where parent_id is not null',
  'alter table syncs add column attachments_written integer not null default 0, add column attachments_skipped integer not null default 0',
]
