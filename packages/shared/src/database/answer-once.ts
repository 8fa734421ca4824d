import { createHash } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Caller } from '../bus/call.ts'

/** How long an answer is kept for its key, in hours. */
const KEPT_HOURS = 24

/** Makes the table of a schema whose service has operations that make something new. */
export const createKeptAnswers = `create table kept_answers (
  workspace_id text not null, principal text not null, actors text not null, operation text not null, key text not null,
  request_hash text not null, answer jsonb, created_at timestamptz not null default now(),
  primary key (workspace_id, principal, actors, operation, key))`

/** What was asked under an idempotency key: keys belong to principal, actors and operation (ACCESS.md section 8). */
export type Keyed = {
  readonly caller: Caller
  readonly operation: string
  /** Absent: the work is done each time. */
  readonly key?: string | undefined
  readonly input: unknown
}

/** One request and its repetition have it in common, whatever the order of their fields. */
export function requestHashOf(input: unknown, { purpose }: Caller): string {
  const fields = Object.entries(input ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const asked = purpose === undefined ? fields : [...fields, ['caller.purpose', purpose]]
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex')
}

/** Said of a key that came with another request before. */
export const anotherRequest = 'This key belongs to another request of yours.'

/**
 * Does the work and keeps its answer (JSON) in the same transaction, or gives the one that was kept under the key. Whether the caller may do this is decided before,
 * each time. Who comes while another is at work under the same key waits for them. `undefined`: the key came with another request. What is thrown keeps nothing.
 */
export async function answerOnce<DB, T extends object>(
  trx: Transaction<DB>,
  keyed: Keyed,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (keyed.key === undefined) return work()
  const { workspaceId, subject, actors } = keyed.caller
  const { operation, key } = keyed
  const { rows } = await sql`
    insert into kept_answers (workspace_id, principal, actors, operation, key, request_hash)
    values (${workspaceId}, ${subject}, ${JSON.stringify(actors)}, ${operation}, ${key}, ${hashOf(keyed)})
    on conflict do nothing returning 1`.execute(trx)
  if (rows.length === 0) {
    const kept = await findKept<DB, T>(trx, keyed)
    return kept === 'another' ? undefined : kept
  }
  const answer = await work()
  await sql`
    update kept_answers set answer = ${JSON.stringify(answer)}
    where workspace_id = ${workspaceId} and principal = ${subject} and actors = ${JSON.stringify(actors)}
      and operation = ${operation} and key = ${key}`.execute(trx)
  await sql`
    delete from kept_answers
    where workspace_id = ${workspaceId} and created_at < now() - ${KEPT_HOURS} * interval '1 hour'`.execute(trx)
  return answer
}

/** What was answered under the key. For work that can't lie within one transaction, before it begins. */
export async function findKept<DB, T extends object>(db: Kysely<DB>, keyed: Keyed): Promise<T | 'another' | undefined> {
  const { workspaceId, subject, actors } = keyed.caller
  if (keyed.key === undefined) return undefined
  const { rows } = await sql<{ request_hash: string; answer: T }>`
    select request_hash, answer from kept_answers
    where workspace_id = ${workspaceId} and principal = ${subject} and actors = ${JSON.stringify(actors)}
      and operation = ${keyed.operation} and key = ${keyed.key}`.execute(db)
  const [kept] = rows
  if (!kept) return undefined
  return kept.request_hash === hashOf(keyed) ? kept.answer : 'another'
}

const hashOf = ({ input, caller }: Keyed) => requestHashOf(input, caller)
