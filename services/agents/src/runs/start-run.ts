import type { Caller } from '@tessera/shared/bus/call'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { prepared } from '@tessera/shared/database/prepared'
import { newId } from '@tessera/shared/ids/ids'
import { type QueryCreator, sql } from 'kysely'
import { titleOf } from '../conversations/title-of.ts'
import type { AgentsDatabase, AgentsTables } from '../database.ts'
import { withPurpose } from '../edge/callers.ts'
import type { Runnable } from '../definitions/find-runnable.ts'
import type { Run, RunRequest } from './run.ts'
import { afterNow } from './runs.store.ts'

/** A question that passed every check, and where it goes. */
export type Placed = {
  readonly agentId: string
  readonly agentVersionId: string
  readonly version: Runnable['version']
  /** Absent: a new one. */
  readonly conversationId?: string
  /** With an id: one that stands already. */
  readonly question: { readonly id?: string; readonly parentId: string | undefined; readonly text: string }
  readonly request: RunRequest
  /** Everybody else who hears the answer. */
  readonly audience: readonly string[]
  /** Who alone sees question and answer; absent: everyone who takes part. */
  readonly onlyFor: string | undefined
  readonly purpose: string | undefined
}

export type IdempotencyKey = { readonly key: string; readonly requestHash: string; readonly route: string }

type Start = {
  readonly placed: Placed
  readonly caller: Caller
  readonly idempotency: IdempotencyKey | undefined
  readonly workerId: string
  readonly leaseMs: number
  readonly runTimeoutMs: number
}

/**
 * Stores question, answer to come, run and its first event in one statement, already under this worker's lease. `undefined`: a run was stored
 * under the same idempotency key meanwhile.
 */
export async function startRun(db: AgentsDatabase, start: Start): Promise<Run | undefined> {
  const { placed, caller } = start
  const run: Run = {
    id: newId('run'),
    conversationId: placed.conversationId ?? newId('cnv'),
    questionId: placed.question.id ?? newId('msg'),
    messageId: newId('msg'),
    agentId: placed.agentId,
    agentVersionId: placed.agentVersionId,
    caller: withPurpose(caller, placed.purpose),
    audience: placed.audience,
    onlyFor: placed.onlyFor,
    request: placed.request,
    fence: 1,
    attempt: 1,
    cancel: undefined,
    remainingMs: start.runTimeoutMs,
    lastSeq: 1,
    reservedSeq: 1,
  }
  const { idempotency } = start
  try {
    await (idempotency ? db.with('key', (query) => insertKey(query, run, idempotency)) : db)
      .with('conversation', (query) => writeConversation(query, run, placed))
      .with('asked', (query) => query.insertInto('messages').values(messagesOf(run, placed)))
      .with('begun', (query) => query.insertInto('run_events').values(beginningOf(run)))
      .insertInto('runs')
      .values(rowOf(run, start))
      .modifyEnd(prepared)
      .execute()
  } catch (error) {
    if (idempotency && isTaken(error)) return undefined
    throw error
  }
  return run
}

/** The primary key of `idempotency`, which the whole statement then breaks on. */
const isTaken = (error: unknown) =>
  error instanceof Error && 'constraint' in error && error.constraint === 'idempotency_pkey'

export const startedEvent = (run: Run): RunEvent => ({
  id: 1,
  step: 0,
  type: 'run.started',
  runId: run.id,
  conversationId: run.conversationId,
  questionId: run.questionId,
  messageId: run.messageId,
})

type Query = QueryCreator<AgentsTables>

const beginningOf = (run: Run) => ({
  run_id: run.id,
  first_seq: run.lastSeq,
  last_seq: run.lastSeq,
  events: JSON.stringify([startedEvent(run)]),
})

const insertKey = (query: Query, run: Run, { key, requestHash, route }: IdempotencyKey) =>
  query.insertInto('idempotency').values({
    workspace_id: run.caller.workspaceId,
    principal: run.caller.subject,
    actors: JSON.stringify(run.caller.actors),
    route,
    key,
    request_hash: requestHash,
    run_id: run.id,
  })

/** What is asked for one alone leaves no trace that others see: no title, and no later date. */
function writeConversation(query: Query, run: Run, { conversationId, question, agentId }: Placed) {
  const isPrivate = run.onlyFor !== undefined
  const title = question.id === undefined && !isPrivate ? titleOf(question.text) : null
  if (conversationId === undefined) {
    const { subject, workspaceId } = run.caller
    return query
      .insertInto('conversations')
      .values({ id: run.conversationId, workspace_id: workspaceId, author: subject, agent_id: agentId, title })
  }
  return query
    .updateTable('conversations')
    .set((row) => ({
      updated_at: isPrivate ? row.ref('updated_at') : sql<Date>`now()`,
      title: sql<string>`coalesce(${row.ref('title')}, ${title})`,
    }))
    .where('id', '=', conversationId)
}

function messagesOf(run: Run, { question, agentId }: Placed) {
  const only_for = run.onlyFor ?? null
  const plain = { conversation_id: run.conversationId, partial: false, citations: '[]', only_for }
  const asked = {
    ...plain,
    id: run.questionId,
    parent_id: question.parentId ?? null,
    role: 'user' as const,
    author: run.caller.subject,
    state: 'completed' as const,
    text: question.text,
  }
  const answer = {
    ...plain,
    id: run.messageId,
    parent_id: run.questionId,
    role: 'assistant' as const,
    author: `agent:${agentId}`,
    state: 'running' as const,
    text: '',
  }
  return question.id === undefined ? [asked, answer] : [answer]
}

const rowOf = (run: Run, { workerId, leaseMs, runTimeoutMs }: Start) => ({
  id: run.id,
  workspace_id: run.caller.workspaceId,
  conversation_id: run.conversationId,
  question_id: run.questionId,
  message_id: run.messageId,
  agent_id: run.agentId,
  agent_version_id: run.agentVersionId,
  subject: run.caller.subject,
  actors: JSON.stringify(run.caller.actors),
  scopes: JSON.stringify(run.caller.scopes),
  purpose: run.caller.purpose ?? null,
  key_id: run.caller.keyId ?? null,
  audience: JSON.stringify(run.audience),
  only_for: run.onlyFor ?? null,
  request: JSON.stringify(run.request),
  state: 'running' as const,
  lease_owner: workerId,
  lease_until: afterNow(leaseMs),
  fence: run.fence,
  attempt: run.attempt,
  deadline_at: afterNow(runTimeoutMs),
  last_seq: run.lastSeq,
  reserved_seq: run.reservedSeq,
})
