import { type Kysely, sql } from 'kysely'

const statements = [
  // What was made before labels existed carried none.
  `alter table read_sets add column labels jsonb not null default '[]'`,
  `update run_steps set output = jsonb_set(output, '{passages}', (
    select coalesce(jsonb_agg(passage || '{"labels": []}'), '[]') from jsonb_array_elements(output -> 'passages') passage
  )) where kind = 'search'`,
  `alter table messages add column only_for text`,
  `alter table runs
    add column audience jsonb not null default '[]',
    add column only_for text,
    add column purpose text,
    add column key_id text`,
  `create table participants (
    conversation_id text not null references conversations on delete cascade,
    name text not null,
    state text not null check (state in ('invited', 'active', 'left')),
    joined_position bigint,
    joined_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (conversation_id, name),
    check (state <> 'active' or (joined_position is not null and joined_at is not null))
  )`,
  `create index participants_by_name on participants (name, conversation_id)`,
  `alter table agents add column service_account text`,
  `alter table agent_versions
    add column except_document_ids jsonb not null default '[]',
    add column purposes jsonb not null default '[]'`,
]

/** Several people in a conversation, labels of then in read sets, purposes. */
export const participantsAndLabels = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
