import { type Selectable, sql } from 'kysely'
import type { AgentsDatabase, AgentsTables } from '../database.ts'
import { type Runnable, versionOfRow } from '../definitions/find-runnable.ts'
import type { Run } from './run.ts'

/** What a run is about: the question, where it stands, and the version of the agent that answers. */
export type Asked = {
  readonly question: string
  readonly parentId: string | undefined
  readonly version: Runnable['version']
}

export async function fetchAsked(db: AgentsDatabase, run: Run): Promise<Asked> {
  const row = await db
    .selectFrom('messages')
    .innerJoin('agent_versions', (join) => join.on('agent_versions.id', '=', run.agentVersionId))
    .select(['messages.text', 'messages.parent_id', 'instructions', 'agent_versions.model', 'fallbacks', 'passages'])
    .where('messages.id', '=', run.questionId)
    .executeTakeFirstOrThrow()
  return {
    question: row.text,
    parentId: row.parent_id ?? undefined,
    version: versionOfRow(row),
  }
}

type RunRow = Selectable<AgentsTables['runs']> & { remaining_ms: number }

/** Milliseconds until the deadline, by the clock of the database. */
export const remainingMs = sql<number>`extract(epoch from deadline_at - now())::double precision * 1000`.as(
  'remaining_ms',
)

export const runOf = (row: RunRow): Run => ({
  id: row.id,
  conversationId: row.conversation_id,
  questionId: row.question_id,
  messageId: row.message_id,
  agentId: row.agent_id,
  agentVersionId: row.agent_version_id,
  caller: {
    ...{ workspaceId: row.workspace_id, subject: row.subject, actors: row.actors, scopes: row.scopes },
    ...(row.purpose === null ? {} : { purpose: row.purpose }),
    ...(row.key_id === null ? {} : { keyId: row.key_id }),
  },
  audience: row.audience,
  onlyFor: row.only_for ?? undefined,
  request: row.request ?? {},
  fence: row.fence,
  attempt: row.attempt,
  cancel: row.cancel ?? undefined,
  remainingMs: Math.max(1, Math.round(row.remaining_ms)),
  lastSeq: row.last_seq,
  reservedSeq: row.reserved_seq,
})

const milliseconds = (ms: number) => sql`${ms} * interval '1 millisecond'`
export const afterNow = (ms: number) => sql<Date>`now() + ${milliseconds(ms)}`

/** Takes up runs whose lease has run out: theirs is a new fence, so that whoever held them before writes nothing more. */
export async function claimRuns(
  db: AgentsDatabase,
  { workerId, leaseMs, limit, except }: { workerId: string; leaseMs: number; limit: number; except: readonly string[] },
): Promise<Run[]> {
  const rows = await db
    .updateTable('runs')
    .set((row) => ({
      lease_owner: workerId,
      lease_until: afterNow(leaseMs),
      fence: sql<number>`${row.ref('fence')} + 1`,
      attempt: sql<number>`${row.ref('attempt')} + 1`,
    }))
    .where('id', 'in', (query) => {
      const expired = query
        .selectFrom('runs')
        .select('id')
        .where('state', '=', 'running')
        .where('lease_until', '<=', sql<Date>`now()`)
        .orderBy('lease_until')
        .limit(limit)
        .forUpdate()
        .skipLocked()
      return except.length === 0 ? expired : expired.where('id', 'not in', [...except])
    })
    .returningAll()
    .returning(remainingMs)
    .execute()
  return rows.map(runOf)
}

/** Holds on to runs; returns those that are still held. */
export async function renewLeases(
  db: AgentsDatabase,
  runs: readonly Run[],
  leaseMs: number,
): Promise<ReadonlySet<string>> {
  const rows = await db
    .updateTable('runs')
    .set({ lease_until: afterNow(leaseMs) })
    .where('state', '=', 'running')
    .where((row) => row.or(runs.map(({ id, fence }) => row.and({ id, fence }))))
    .returning('id')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Which of these somebody wants to end, and why. */
export async function fetchCancels(db: AgentsDatabase, runIds: readonly string[]) {
  return db
    .selectFrom('runs')
    .select(['id', 'cancel'])
    .where('id', 'in', [...runIds])
    .where('cancel', 'is not', null)
    .execute()
}
