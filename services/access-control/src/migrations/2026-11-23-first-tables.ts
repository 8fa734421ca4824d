import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * No foreign keys to `workspaces`: each would take a key-share lock on the row that a writer holds, so that no decision could be logged while
 * anybody writes. Every "current" index is partial (`to_rev is null`): what held once costs the check nothing.
 */
const statements = [
  `create table workspaces (
    id text primary key, title text not null, revision bigint not null, created_at timestamptz not null default now())`,

  `create table identity_providers (
    id text primary key, workspace_id text not null, issuer text not null, audience text not null, jwks_url text, jwks jsonb,
    join_as text not null check (join_as in ('pending', 'guest', 'member')),
    unique (issuer, audience), check ((jwks_url is null) <> (jwks is null)))`,

  `create table principals (
    workspace_id text not null, name text not null, kind text not null, title text not null,
    state text not null check (state in ('pending', 'active', 'deactivated')), guest boolean not null, roles text[] not null,
    issuer text, subject text, data_source_id text, from_rev bigint not null, to_rev bigint,
    primary key (workspace_id, name, from_rev), check (to_rev > from_rev))`,
  `create unique index principals_now on principals (workspace_id, name) where to_rev is null`,
  `create unique index principals_person on principals (workspace_id, issuer, subject) where to_rev is null and issuer is not null`,
  `create index principals_kind on principals (workspace_id, kind, name) where to_rev is null`,
  `create index principals_source on principals (workspace_id, data_source_id) where to_rev is null and data_source_id is not null`,

  `create table identity_links (
    workspace_id text not null, identity text not null, user_name text not null, data_source_id text not null,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, identity, from_rev), check (to_rev > from_rev))`,
  `create unique index identity_links_now on identity_links (workspace_id, identity) where to_rev is null`,
  `create index identity_links_user on identity_links (workspace_id, user_name) where to_rev is null`,

  `create table memberships (
    workspace_id text not null, container text not null, member text not null, data_source_id text,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, container, member, from_rev), check (to_rev > from_rev))`,
  `create unique index memberships_upward on memberships (workspace_id, member, container) where to_rev is null`,
  `create index memberships_downward on memberships (workspace_id, container, member) where to_rev is null`,
  `create index memberships_source on memberships (workspace_id, data_source_id) where to_rev is null and data_source_id is not null`,

  `create table data_sources (
    workspace_id text not null, data_source_id text not null, space text not null, freshness_ms bigint,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, data_source_id, from_rev), check (to_rev > from_rev))`,
  `create unique index data_sources_now on data_sources (workspace_id, data_source_id) where to_rev is null`,
  `create table data_source_confirmations (
    workspace_id text not null, data_source_id text not null, confirmed_at timestamptz not null,
    primary key (workspace_id, data_source_id))`,

  `create table documents (
    workspace_id text not null, document_id text not null, data_source_id text not null, deleted_rev bigint,
    index_rev bigint not null, signature text not null, primary key (workspace_id, document_id))`,
  `create index documents_changed on documents (workspace_id, index_rev, document_id)`,
  `create index documents_source on documents (workspace_id, data_source_id)`,

  `create table document_facts (
    workspace_id text not null, document_id text not null, layer text not null check (layer in ('source', 'workspace', 'detector')),
    allow text[] not null, deny text[] not null, gates text[] not null, deny_agents text[] not null,
    state text not null check (state in ('ready', 'pending', 'quarantined')), reason text, content_version text,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, document_id, layer, from_rev),
    check (to_rev > from_rev), check (layer <> 'source' or content_version is not null))`,
  `create unique index document_facts_now on document_facts (workspace_id, document_id, layer) where to_rev is null`,
  `create index document_facts_denied on document_facts (workspace_id) where to_rev is null and deny <> '{}'`,

  `create table signatures (
    workspace_id text not null, signature text not null, data_source_id text not null, space text not null, gates text[] not null,
    primary key (workspace_id, signature))`,

  `create table agents (
    workspace_id text not null, name text not null, active boolean not null, scope jsonb not null, except_document_ids text[] not null,
    service_account text, grants jsonb not null, from_rev bigint not null, to_rev bigint,
    primary key (workspace_id, name, from_rev), check (to_rev > from_rev))`,
  `create unique index agents_now on agents (workspace_id, name) where to_rev is null`,

  `create table api_keys (
    workspace_id text not null, id text primary key, secret_hash text not null unique, prefix text not null, title text not null,
    principal text not null, scopes text[] not null, data_source_id text, expires_at timestamptz, last_used_at timestamptz,
    created_at timestamptz not null default now(), from_rev bigint not null, to_rev bigint, check (to_rev > from_rev))`,
  `create index api_keys_now on api_keys (workspace_id, id) where to_rev is null`,

  `create table changes (
    workspace_id text not null, revision bigint not null, at timestamptz not null default now(), operation text not null,
    subject text not null, actors text[] not null, primary key (workspace_id, revision))`,

  `create table decisions (
    id text primary key, sequence bigint generated always as identity, workspace_id text not null,
    at timestamptz not null default clock_timestamp(), kind text not null, purpose text not null, subject text not null,
    actors text[] not null, revision bigint not null, query_hash text, documents jsonb not null)`,
  `create unique index decisions_in_order on decisions (workspace_id, sequence)`,
]

export const firstTables: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
