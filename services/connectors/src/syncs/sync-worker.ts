import { inTransaction } from '@tessera/shared/database/database'
import { newId } from '@tessera/shared/ids/ids'
import { wait } from '@tessera/shared/time/wait'
import { type Kysely, sql } from 'kysely'
import type { Logger } from 'pino'
import type { ConnectorsDatabase } from '../database.ts'
import { isDatabaseOutage } from '../faults.ts'
import type { ConnectorsOptions } from '../options.ts'
import type { Source } from '../sources/source.ts'
import { claimSync, type SyncLease } from './lease.ts'
import { runSync } from './run-sync.ts'
import { LeaseLost, mayPass, StepFailed, unexpected } from './step-failed.ts'
import type { SyncBoundary, SyncContext } from './sync-context.ts'

export type SyncWorker = {
  /** Looks for work now rather than at the next turn. */
  wake: () => void
  /** Stops at the next boundary and gives its syncs back, so that another replica goes on at once. */
  close: () => Promise<void>
}

type Deps = Pick<SyncContext, 'db' | 'access' | 'retrieval' | 'options'> & {
  bus: Parameters<typeof claimSync>[0]['bus']
  logger: Logger
  sourceOf(dataSourceId: string): Promise<Source>
  /** For tests: awaited at each boundary. */
  onBoundary?: ((name: SyncBoundary) => Promise<void>) | undefined
  /** Other work that waits in the database; done in the same turns. */
  alsoDo(signal: AbortSignal): Promise<void>
}

/** Runs syncs that are due or were left behind, whichever replica began them. */
export function createSyncWorker(deps: Deps): SyncWorker {
  const { db, logger, options } = deps
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  let wakeUp = new AbortController()

  const takeUp = async () => {
    await startDueSyncs(db)
    while (running.size < options.syncsAtOnce && !stopping.signal.aborted) {
      const lease = await claimSync({ db, bus: deps.bus, leaseMs: options.leaseMs, signal: stopping.signal })
      if (!lease) return
      const run = runClaimed(deps, lease, stopping.signal).finally(() => {
        running.delete(run)
        wakeUp.abort()
      })
      running.add(run)
    }
  }
  const turn = async () => {
    try {
      await takeUp()
      await deps.alsoDo(stopping.signal)
    } catch (error) {
      if (!stopping.signal.aborted) logger.warn({ err: error }, 'waiting work could not be looked for')
    }
  }
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      wakeUp = new AbortController()
      await turn()
      await wait(options.pollMs, AbortSignal.any([wakeUp.signal, stopping.signal]))
    }
  })()

  return {
    wake: () => wakeUp.abort(),
    async close() {
      stopping.abort()
      await Promise.all([loop, ...running])
    },
  }
}

async function startDueSyncs(db: Kysely<ConnectorsDatabase>): Promise<void> {
  const due = await db
    .selectFrom('data_sources')
    .select(['id', 'workspace_id'])
    .where('next_sync_at', '<=', sql<Date>`now()`)
    .limit(100)
    .execute()
  for (const { id, workspace_id } of due) await insertSync(db, { id, workspace_id })
}

/** Makes a running sync of a data source unless there is one. Until it ends no other becomes due. */
export async function insertSync(db: Kysely<ConnectorsDatabase>, dataSource: { id: string; workspace_id: string }) {
  await inTransaction(db, async (trx) => {
    // First the sync, then its data source: the order in which an ending sync locks them as well.
    const { numInsertedOrUpdatedRows: started } = await trx
      .insertInto('syncs')
      .values({ id: newId('syn'), workspace_id: dataSource.workspace_id, data_source_id: dataSource.id })
      .onConflict((conflict) => conflict.column('data_source_id').where('state', '=', 'running').doNothing())
      .executeTakeFirstOrThrow()
    if (started === 0n) return
    await trx.updateTable('data_sources').set({ next_sync_at: null }).where('id', '=', dataSource.id).execute()
    await forgetOldSyncs(trx, dataSource.id)
  })
}

const keptSyncs = 200

/** Syncs start by themselves for ever; their numbers and reasons are kept for two days or so. */
async function forgetOldSyncs(trx: Kysely<ConnectorsDatabase>, dataSourceId: string): Promise<void> {
  const kept = trx
    .selectFrom('syncs')
    .select('id')
    .where('data_source_id', '=', dataSourceId)
    .orderBy('id', 'desc')
    .limit(keptSyncs)
  await trx
    .deleteFrom('syncs')
    .where('data_source_id', '=', dataSourceId)
    .where('state', '!=', 'running')
    .where('id', 'not in', kept)
    .execute()
}

async function runClaimed(deps: Deps, lease: SyncLease, signal: AbortSignal): Promise<void> {
  const { db, access, retrieval, options, logger } = deps
  const log = logger.child({ syncId: lease.syncId, dataSourceId: lease.dataSource.id })
  const boundary = async (name: SyncBoundary) => {
    await deps.onBoundary?.(name)
    lease.check()
  }
  const stopKeeping = lease.keep()
  try {
    // Whatever ended its workers without a word, a crash or too little memory, would end the next one as well.
    if (lease.attempts() > options.maxAttempts) throw new StepFailed(unexpected)
    const source = await deps.sourceOf(lease.dataSource.id)
    await runSync({ db, access, retrieval, lease, options, boundary }, source)
    log.info('a sync has ended')
  } catch (error) {
    await settle(error, { lease, options, signal, log }).catch((second: unknown) =>
      log.warn({ err: second }, 'a sync was left to whoever takes it up when its lease ends'),
    )
  } finally {
    stopKeeping()
  }
}

type Settling = { lease: SyncLease; options: ConnectorsOptions; signal: AbortSignal; log: Logger }

/** After a sync broke off: given back for another try, or ended as failed. */
async function settle(error: unknown, { lease, options, signal, log }: Settling): Promise<void> {
  if (error instanceof LeaseLost) return log.warn('a sync is held by another worker now')
  if (signal.aborted) return lease.release(0)
  const fault = error instanceof StepFailed ? error.fault : unexpected
  const attempts = lease.attempts()
  const backoffMs = Math.min(options.maxBackoffMs, options.backoffMs * 2 ** Math.max(0, attempts - 1))
  // However long the database is away or full: a sync that can not note its failure can not have failed either.
  if (isDatabaseOutage(error)) {
    log.warn({ err: error, backoffMs }, 'a sync waits for the database')
    return lease.release(backoffMs, options.maxAttempts - 1)
  }
  const mayBeTried = error instanceof StepFailed ? mayPass(fault) : true
  if (mayBeTried && attempts < options.maxAttempts) {
    log.warn({ err: error, attempts, backoffMs }, 'a sync broke off and will be taken up again')
    return lease.release(backoffMs)
  }
  log.error({ err: error, attempts }, 'a sync has failed')
  await lease.end(fault, options.syncIntervalMs)
}
