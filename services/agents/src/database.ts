import type { ColumnType, Generated, Kysely } from 'kysely'
import type { AgentScope } from '@tessera/shared/contracts/access-control/facts'
import type { Citation, Message, RunEvent } from '@tessera/shared/contracts/agents'
import type { Static } from 'typebox'
import type { AgentGrants } from '@tessera/shared/contracts/agents'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Fault } from '@tessera/shared/fault/fault'
import type { RunRequest } from './runs/run.ts'
import type { StepOutputs } from './runs/journal.ts'

/** A `jsonb` column: read as a value, written as text. */
type Json<T> = ColumnType<T, string, string>
type NullableJson<T> = ColumnType<T | null, string | null, string | null>
/** Set by the database's clock. */
type Timestamp = ColumnType<Date, never, Date | undefined>

export type AgentsTables = {
  agents: {
    id: string
    workspace_id: string
    handle: string
    title: string
    active: boolean
    published_version: number | null
    grants: Json<Static<typeof AgentGrants>>
    /** False until access-control knows it; until then it is nowhere to be seen. */
    known: boolean
    /** Who writes its facts at the moment, so that what stands here and in access-control can't come from two writers. */
    claimed_by: string | null
    claimed_until: ColumnType<Date | null, Date | null, Date | null>
    /** What it reads as without a person. */
    service_account: string | null
    created_by: string
    created_at: Timestamp
  }
  agent_versions: {
    id: string
    agent_id: string
    number: number
    instructions: string
    model: string | null
    /** Models that may answer instead. */
    fallbacks: Json<string[]>
    scope: Json<AgentScope>
    except_document_ids: Json<string[]>
    passages: number | null
    /** What it may be asked for; the first is the default. Empty: no matter what for. */
    purposes: Json<string[]>
    created_by: string
    created_at: Timestamp
  }
  conversations: {
    id: string
    workspace_id: string
    author: string
    agent_id: string
    title: string | null
    created_at: Timestamp
    updated_at: ColumnType<Date, never, Date>
  }
  /** Who takes part beside the author. A row stays when they leave. */
  participants: {
    conversation_id: string
    name: string
    state: 'invited' | 'active' | 'left'
    /** The last message that stood when they joined. */
    joined_position: number | null
    joined_at: ColumnType<Date | null, Date | null, Date | null>
    created_at: Timestamp
  }
  messages: {
    id: string
    conversation_id: string
    /** The order in which messages were stored. */
    position: Generated<number>
    parent_id: string | null
    role: Message['role']
    author: string
    /** Who alone sees it; null: everyone who takes part. */
    only_for: string | null
    created_at: Timestamp
    state: Message['state']
    text: string
    partial: boolean
    citations: Json<Citation[]>
    model: string | null
    usage: NullableJson<Static<typeof Usage>>
    fault: NullableJson<Fault>
  }
  read_sets: {
    message_id: string
    document_id: string
    passage_id: string
    content_version: string
    view: 'full' | 'redacted' | 'digest'
    /** What the passage carried then, its document included. */
    labels: Json<string[]>
  }
  runs: {
    id: string
    workspace_id: string
    conversation_id: string
    question_id: string
    message_id: string
    agent_id: string
    agent_version_id: string
    subject: string
    actors: Json<string[]>
    scopes: Json<string[]>
    purpose: string | null
    key_id: string | null
    /** Who took part when it began, beside who asked; nobody if it is only for them. */
    audience: Json<string[]>
    only_for: string | null
    /** What only this run needs to go on elsewhere; taken away when it has ended. */
    request: NullableJson<RunRequest>
    state: Message['state']
    lease_owner: string
    lease_until: ColumnType<Date, Date, Date>
    fence: number
    attempt: number
    /** Why it shall end, once somebody wants it to. */
    cancel: 'asked' | 'access.revoked' | null
    deadline_at: ColumnType<Date, Date, Date>
    /** The last event that is stored. */
    last_seq: number
    /** Events up to here, exclusively, may have been given out before they were stored. */
    reserved_seq: number
    created_at: Timestamp
    ended_at: ColumnType<Date | null, never, Date>
  }
  run_steps: {
    run_id: string
    number: number
    kind: keyof StepOutputs
    output: Json<StepOutputs[keyof StepOutputs]>
    created_at: Timestamp
  }
  run_events: {
    run_id: string
    /** A row holds a batch of events, `first_seq` to `last_seq`, each with its own id. */
    first_seq: number
    last_seq: number
    events: Json<RunEvent[]>
    created_at: Timestamp
  }
  feedback: {
    message_id: string
    author: string
    rating: 'up' | 'down'
    comment: string | null
    updated_at: ColumnType<Date, never, Date>
  }
  idempotency: {
    workspace_id: string
    principal: string
    actors: string
    route: string
    key: string
    request_hash: string
    run_id: string
    created_at: ColumnType<Date, never, Date>
  }
}

export type AgentsDatabase = Kysely<AgentsTables>
