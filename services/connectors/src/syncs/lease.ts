import { randomUUID } from 'node:crypto'
import { inTransaction } from '@tessera/shared/database/database'
import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { type Kysely, sql, type Transaction } from 'kysely'
import { asDataSource } from '../callers/as-data-source.ts'
import type { Checkpoint, ConnectorsDatabase } from '../database.ts'
import { LeaseLost } from './step-failed.ts'

/**
 * One worker's hold on one running sync. All writes go through it, so that a worker that was held up and lost the sync writes nothing
 * more; and no call of its lasts longer than the hold, so that nothing of its arrives after what its successor sent.
 */
export type SyncLease = {
  readonly syncId: string
  readonly dataSource: { id: string; workspace_id: string }
  readonly checkpoint: Checkpoint | null
  /** How often the sync was taken up since it last got on, this time included. */
  attempts(): number
  /** Runs `work` in a transaction that holds only while the lease does, and prolongs it. */
  write<T>(work: (trx: Transaction<ConnectorsDatabase>) => Promise<T>): Promise<T>
  /** Like `write`, for work after which the sync counts as having got on. */
  advance<T>(work: (trx: Transaction<ConnectorsDatabase>) => Promise<T>): Promise<T>
  callFor(timeoutMs: number): Call
  /** Throws when the worker is being stopped, or the lease is over. */
  check(): void
  /** Keeps the lease until the returned function is called. */
  keep(): () => void
  /** Gives the sync back; it may be taken up again after `afterMs`, and counts as having been tried at most `maxAttempts` times. */
  release(afterMs: number, maxAttempts?: number): Promise<void>
  /** Ends the sync as failed. */
  end(fault: Fault, nextAfterMs: number): Promise<void>
}

type Deps = { db: Kysely<ConnectorsDatabase>; bus: Bus; leaseMs: number; signal: AbortSignal }

/** Takes up a running sync that nobody works on, whosever it was. */
export async function claimSync({ db, bus, leaseMs, signal }: Deps): Promise<SyncLease | undefined> {
  const token = randomUUID()
  const claimedAtMs = performance.now()
  const { rows } = await sql<{
    id: string
    workspace_id: string
    data_source_id: string
    checkpoint: Checkpoint | null
    attempts: number
  }>`
    update syncs set lease_token = ${token}, lease_until = ${fromNow(leaseMs)}, attempts = attempts + 1
    where id = (
      select id from syncs where state = 'running' and (lease_until is null or lease_until <= now())
      order by lease_until nulls first, id limit 1 for update skip locked
    )
    returning id, workspace_id, data_source_id, checkpoint, attempts`.execute(db)
  const [row] = rows
  if (!row) return undefined

  let attempts = row.attempts
  let untilMs = claimedAtMs + leaseMs
  const dataSource = { id: row.data_source_id, workspace_id: row.workspace_id }
  const mine = (trx: Kysely<ConnectorsDatabase>) =>
    trx.updateTable('syncs').where('id', '=', row.id).where('lease_token', '=', token)
  const prolong = async (trx: Kysely<ConnectorsDatabase>) => {
    const { numUpdatedRows } = await mine(trx)
      .set({ lease_until: fromNow(leaseMs) })
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw new LeaseLost()
  }
  const write: SyncLease['write'] = async (work) => {
    const startedAtMs = performance.now()
    const result = await inTransaction(db, async (trx) => {
      await prolong(trx)
      return work(trx)
    })
    untilMs = startedAtMs + leaseMs
    return result
  }
  const leftMs = () => untilMs - performance.now() - leaseMs * 0.1
  const check = () => {
    signal.throwIfAborted()
    if (leftMs() <= 0) throw new LeaseLost()
  }
  return {
    syncId: row.id,
    dataSource,
    checkpoint: row.checkpoint,
    attempts: () => attempts,
    write,
    async advance(work) {
      const result = await write(async (trx) => {
        await mine(trx).set({ attempts: 0 }).execute()
        return work(trx)
      })
      attempts = 0
      return result
    },
    callFor(timeoutMs) {
      check()
      return asDataSource(bus, dataSource, { timeoutMs: Math.min(timeoutMs, leftMs()), signal })
    },
    check,
    keep() {
      const timer = setInterval(() => {
        const startedAtMs = performance.now()
        // A failure here shows in the next write or call, which then finds the lease over.
        void prolong(db).then(
          () => (untilMs = Math.max(untilMs, startedAtMs + leaseMs)),
          () => undefined,
        )
      }, leaseMs / 4)
      timer.unref()
      return () => clearInterval(timer)
    },
    async release(afterMs, maxAttempts = attempts) {
      await mine(db)
        .set({ lease_token: null, lease_until: fromNow(afterMs), attempts: Math.min(attempts, maxAttempts) })
        .execute()
    },
    async end(fault, nextAfterMs) {
      await write(async (trx) => {
        await mine(trx)
          .set({ state: 'failed', finished_at: sql`now()`, fault: JSON.stringify(fault), lease_token: null })
          .execute()
        await planNextSync(trx, dataSource.id, nextAfterMs)
      })
    },
  }
}

export async function planNextSync(trx: Kysely<ConnectorsDatabase>, dataSourceId: string, afterMs: number) {
  await trx
    .updateTable('data_sources')
    .set({ next_sync_at: fromNow(afterMs) })
    .where('id', '=', dataSourceId)
    .execute()
}

/** A moment of the database's clock, which all workers share. */
export const fromNow = (ms: number) => sql<Date>`now() + make_interval(secs => ${ms / 1000})`
