import type { Caller } from '@tessera/shared/bus/call'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { inTransaction } from '@tessera/shared/database/database'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { titleOf } from '../conversations/title-of.ts'
import type { AgentsDatabase, AgentsTransaction } from '../database.ts'
import { insertEvents } from './run-log.ts'
import type { Run, RunRequest } from './run.ts'
import { afterNow } from './runs.store.ts'

/** A question that passed every check, and where it goes. */
export type Placed = {
  readonly agentId: string
  readonly agentVersionId: string
  /** Absent: a new one. */
  readonly conversationId?: string
  readonly question: { readonly parentId: string | undefined; readonly text: string } | { readonly id: string }
  readonly request: RunRequest
}

export type IdempotencyKey = { readonly key: string; readonly requestHash: string }

type Start = {
  readonly placed: Placed
  readonly caller: Caller
  readonly idempotency: IdempotencyKey | undefined
  readonly workerId: string
  readonly leaseMs: number
  readonly runTimeoutMs: number
}

/**
 * Stores question, answer to come, run and its first event in one transaction, already under this worker's lease. `undefined`: a run was stored
 * under the same idempotency key meanwhile.
 */
export async function startRun(db: AgentsDatabase, start: Start): Promise<Run | undefined> {
  const { placed, caller } = start
  const run: Run = {
    id: newId('run'),
    conversationId: placed.conversationId ?? newId('cnv'),
    questionId: 'id' in placed.question ? placed.question.id : newId('msg'),
    messageId: newId('msg'),
    agentId: placed.agentId,
    agentVersionId: placed.agentVersionId,
    caller,
    request: placed.request,
    fence: 1,
    attempt: 1,
    cancel: undefined,
    remainingMs: start.runTimeoutMs,
    lastSeq: 1,
    reservedSeq: 1,
  }
  const stored = await inTransaction(db, async (trx) => {
    if (start.idempotency && !(await keep(trx, run, start.idempotency))) return false
    await insertMessages(trx, run, placed)
    await insertRun(trx, run, start)
    await insertEvents(trx, run.id, [startedEvent(run)])
    return true
  })
  return stored ? run : undefined
}

export const startedEvent = (run: Run): RunEvent => ({
  id: 1,
  step: 0,
  type: 'run.started',
  runId: run.id,
  conversationId: run.conversationId,
  questionId: run.questionId,
  messageId: run.messageId,
})

async function keep(trx: AgentsTransaction, run: Run, { key, requestHash }: IdempotencyKey): Promise<boolean> {
  const kept = await trx
    .insertInto('idempotency')
    .values({
      workspace_id: run.caller.workspaceId,
      principal: run.caller.subject,
      actors: JSON.stringify(run.caller.actors),
      route: 'ask',
      key,
      request_hash: requestHash,
      run_id: run.id,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return kept.numInsertedOrUpdatedRows === 1n
}

async function insertMessages(trx: AgentsTransaction, run: Run, { conversationId, question, agentId }: Placed) {
  const { subject, workspaceId } = run.caller
  const isNew = 'text' in question
  if (conversationId === undefined) {
    const title = isNew ? titleOf(question.text) : null
    const conversation = {
      id: run.conversationId,
      workspace_id: workspaceId,
      author: subject,
      agent_id: agentId,
      title,
    }
    await trx.insertInto('conversations').values(conversation).execute()
  } else {
    await trx
      .updateTable('conversations')
      .set((row) => ({
        updated_at: sql<Date>`now()`,
        ...(isNew ? { title: sql<string>`coalesce(${row.ref('title')}, ${titleOf(question.text)})` } : {}),
      }))
      .where('id', '=', conversationId)
      .execute()
  }
  const plain = { conversation_id: run.conversationId, partial: false, citations: '[]' }
  const asked = isNew && {
    ...plain,
    id: run.questionId,
    parent_id: question.parentId ?? null,
    role: 'user' as const,
    author: subject,
    state: 'completed' as const,
    text: question.text,
  }
  const answer = {
    ...plain,
    id: run.messageId,
    parent_id: run.questionId,
    role: 'assistant' as const,
    author: `agent:${run.agentId}`,
    state: 'running' as const,
    text: '',
  }
  await trx
    .insertInto('messages')
    .values(asked ? [asked, answer] : [answer])
    .execute()
}

async function insertRun(trx: AgentsTransaction, run: Run, { workerId, leaseMs, runTimeoutMs }: Start) {
  await trx
    .insertInto('runs')
    .values({
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
      request: JSON.stringify(run.request),
      state: 'running',
      lease_owner: workerId,
      lease_until: afterNow(leaseMs),
      fence: run.fence,
      attempt: run.attempt,
      deadline_at: afterNow(runTimeoutMs),
      last_seq: run.lastSeq,
      reserved_seq: run.reservedSeq,
    })
    .execute()
}
