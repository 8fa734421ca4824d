import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Every "current" index is partial, as in the first tables. `reader_revision` is the last revision which changed something that a reader's filter looks at. */
const statements = [
  `alter table workspaces add reader_revision bigint not null default 1, add two_admins boolean not null default false,
    add rule_version bigint not null default 0, add policy_version integer not null default 0,
    add stopped_at timestamptz, add seen_revision bigint`,

  // Labels, clearances, what carries them
  `create table labels (
    workspace_id text not null, label text not null, title text not null, requires text[] not null,
    below text not null check (below in ('none', 'digest', 'redacted')), hides_title boolean not null,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, label, from_rev), check (to_rev > from_rev))`,
  `create unique index labels_now on labels (workspace_id, label) where to_rev is null`,
  `create table clearances (
    workspace_id text not null, principal text not null, clearance text not null,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, principal, clearance, from_rev), check (to_rev > from_rev))`,
  `create unique index clearances_now on clearances (workspace_id, principal, clearance) where to_rev is null`,
  `alter table document_facts add labels text[] not null default '{}'`,
  `create table passage_facts (
    workspace_id text not null, document_id text not null, passage_id text not null,
    layer text not null check (layer in ('source', 'workspace', 'detector')), labels text[] not null,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, document_id, passage_id, layer, from_rev),
    check (to_rev > from_rev), check (labels <> '{}'))`,
  `create unique index passage_facts_now on passage_facts (workspace_id, document_id, passage_id, layer) where to_rev is null`,
  // Whether a document was labelled by hand is asked with each decision.
  `create index passage_facts_by_hand on passage_facts (workspace_id, document_id) where to_rev is null and layer = 'workspace'`,
  // What carries a label, when its definition changes.
  `create index passage_facts_labels on passage_facts using gin (labels) where to_rev is null`,
  `create index document_facts_labels on document_facts using gin (labels) where to_rev is null and labels <> '{}'`,
  `create table passage_variants (
    workspace_id text not null, document_id text not null, passage_id text not null,
    variant text not null check (variant in ('redacted', 'digest')), state text not null check (state in ('proposed', 'approved')),
    hash text not null, labels text[] not null, marked text[] not null, content_version text not null, proposer text, approver text,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, document_id, passage_id, variant, from_rev),
    check (to_rev > from_rev), check (variant = 'redacted' or proposer is not null), check (approver <> proposer))`,
  `create unique index passage_variants_now on passage_variants (workspace_id, document_id, passage_id, variant) where to_rev is null`,
  // The passages of documents that somebody labelled by hand, so that new ones are known to be new.
  `create table document_passages (
    workspace_id text not null, document_id text not null, content_version text not null, passage_ids text[] not null,
    sections text[] not null, primary key (workspace_id, document_id))`,
  `create table redaction_rules (
    workspace_id text not null, id text not null, title text not null, pattern text not null, label text not null, kind text not null,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, id, from_rev), check (to_rev > from_rev))`,
  `create unique index redaction_rules_now on redaction_rules (workspace_id, id) where to_rev is null`,
  `alter table signatures add document_labels text[] not null default '{}', add passage_labels text[] not null default '{}'`,

  // Policies
  `create table policy_sets (
    workspace_id text not null, id text not null, title text not null,
    state text not null check (state in ('draft', 'published', 'superseded')), version integer, text text not null, tests jsonb not null,
    author text not null, created_at timestamptz not null default now(), published_at timestamptz, primary key (workspace_id, id),
    unique (workspace_id, version), check ((state = 'draft') = (version is null)))`,
  `create table policy_versions (
    workspace_id text not null, version integer not null, from_rev bigint not null, to_rev bigint,
    primary key (workspace_id, from_rev), check (to_rev > from_rev))`,
  `create unique index policy_versions_now on policy_versions (workspace_id) where to_rev is null`,

  // Administration
  `create table proposals (
    workspace_id text not null, id text not null, operation text not null, input jsonb not null, hash text not null, reason text,
    proposer text not null, state text not null check (state in ('waiting', 'approved', 'rejected', 'expired')), decided_by text,
    created_at timestamptz not null default now(), expires_at timestamptz not null, primary key (workspace_id, id),
    check (state <> 'approved' or decided_by <> proposer))`,
  `create table break_glass (
    workspace_id text not null, id text not null, principal text not null, document_id text, space text, reason text not null,
    approved_by text not null, starts_at timestamptz not null, ends_at timestamptz not null, from_rev bigint not null, to_rev bigint,
    primary key (workspace_id, id), check (to_rev > from_rev), check ((document_id is null) <> (space is null)),
    check (approved_by <> principal), check (ends_at <= starts_at + interval '4 hours'))`,
  `create index break_glass_now on break_glass (workspace_id, principal) where to_rev is null`,
  `create table space_delegates (
    workspace_id text not null, space text not null, principal text not null, from_rev bigint not null, to_rev bigint,
    primary key (workspace_id, space, principal, from_rev), check (to_rev > from_rev))`,
  `create unique index space_delegates_now on space_delegates (workspace_id, space, principal) where to_rev is null`,
  `create table acting_apps (
    workspace_id text not null, service_account text not null, client_id text not null, scope jsonb not null,
    from_rev bigint not null, to_rev bigint, primary key (workspace_id, service_account, from_rev), check (to_rev > from_rev))`,
  `create unique index acting_apps_now on acting_apps (workspace_id, service_account) where to_rev is null`,
  `create unique index acting_apps_client on acting_apps (workspace_id, client_id) where to_rev is null`,
  `alter table agents add purposes text[] not null default '{}'`,
  `alter table api_keys add purposes text[] not null default '{}', add labels text[] not null default '{}',
    add old_secret_hash text unique, add old_secret_until timestamptz, add created_by text, add secret_for text`,
  `create index api_keys_created on api_keys (workspace_id, created_by) where to_rev is null and created_by is not null`,
  `create index proposals_waiting on proposals (workspace_id, hash) where state = 'waiting'`,
  `alter table changes add approved_by text`,
]

export const labelsPoliciesAdministration: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
