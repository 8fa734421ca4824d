import { type Kysely, sql } from 'kysely'

const statements = [
  `create table agents (
    id text primary key,
    workspace_id text not null,
    handle text not null,
    title text not null,
    active boolean not null,
    published_version integer,
    grants jsonb not null,
    known boolean not null,
    claimed_by text,
    claimed_until timestamptz,
    created_by text not null,
    created_at timestamptz not null default now(),
    unique (workspace_id, handle)
  )`,
  `create table agent_versions (
    id text primary key,
    agent_id text not null references agents on delete cascade,
    number integer not null,
    instructions text not null,
    model text,
    scope jsonb not null,
    passages integer,
    created_by text not null,
    created_at timestamptz not null default now(),
    unique (agent_id, number)
  )`,
  `create table conversations (
    id text primary key,
    workspace_id text not null,
    author text not null,
    agent_id text not null references agents,
    title text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create index conversations_of_author on conversations (workspace_id, author, id)`,
  `create table messages (
    id text primary key,
    conversation_id text not null references conversations on delete cascade,
    position bigint not null generated always as identity,
    parent_id text,
    role text not null check (role in ('user', 'assistant')),
    author text not null,
    created_at timestamptz not null default now(),
    state text not null check (state in ('running', 'completed', 'failed', 'cancelled', 'expired')),
    text text not null,
    partial boolean not null,
    citations jsonb not null,
    model text,
    usage jsonb,
    fault jsonb
  )`,
  `create index messages_of_conversation on messages (conversation_id, position)`,
  `create table read_sets (
    message_id text not null references messages on delete cascade,
    document_id text not null,
    passage_id text not null,
    content_version text not null,
    view text not null check (view in ('full', 'redacted', 'digest')),
    primary key (message_id, document_id, passage_id, content_version, view)
  )`,
  `create table runs (
    id text primary key,
    workspace_id text not null,
    conversation_id text not null references conversations on delete cascade,
    question_id text not null references messages on delete cascade,
    message_id text not null unique references messages on delete cascade,
    agent_id text not null,
    agent_version_id text not null references agent_versions,
    subject text not null,
    actors jsonb not null,
    scopes jsonb not null,
    request jsonb,
    state text not null check (state in ('running', 'completed', 'failed', 'cancelled', 'expired')),
    lease_owner text not null,
    lease_until timestamptz not null,
    fence integer not null,
    attempt integer not null,
    cancel text check (cancel in ('asked', 'access.revoked')),
    deadline_at timestamptz not null,
    last_seq integer not null,
    reserved_seq integer not null,
    created_at timestamptz not null default now(),
    ended_at timestamptz
  )`,
  `create index runs_of_conversation on runs (conversation_id)`,
  `create index runs_of_question on runs (question_id)`,
  `create index runs_that_run on runs (lease_until) where state = 'running'`,
  `create table run_steps (
    run_id text not null references runs on delete cascade,
    number integer not null,
    kind text not null,
    output jsonb not null,
    created_at timestamptz not null default now(),
    primary key (run_id, number)
  )`,
  `create table run_events (
    run_id text not null references runs on delete cascade,
    first_seq integer not null,
    last_seq integer not null,
    events jsonb not null,
    created_at timestamptz not null default now(),
    primary key (run_id, first_seq),
    unique (run_id, last_seq),
    check (last_seq >= first_seq)
  )`,
  `create table feedback (
    message_id text not null references messages on delete cascade,
    author text not null,
    rating text not null check (rating in ('up', 'down')),
    comment text,
    updated_at timestamptz not null default now(),
    primary key (message_id, author)
  )`,
  `create table idempotency (
    workspace_id text not null,
    principal text not null,
    actors text not null,
    route text not null,
    key text not null,
    request_hash text not null,
    run_id text not null references runs on delete cascade deferrable initially deferred,
    created_at timestamptz not null default now(),
    primary key (workspace_id, principal, actors, route, key)
  )`,
  `create index idempotency_by_run on idempotency (run_id)`,
  `create index idempotency_by_age on idempotency (created_at)`,
]

/** The first tables of the agents. */
export const firstTables = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
