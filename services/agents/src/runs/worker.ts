import { setTimeout as after } from 'node:timers/promises'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import type { Logger } from 'pino'
import { sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'
import type { LiveRuns } from './live-runs.ts'
import { runAgent, type RunDeps, type StopReason } from './run-agent.ts'
import { createRunLog } from './run-log.ts'
import { LeaseLost, type Run } from './run.ts'
import { type Asked, claimRuns, fetchCancels, renewLeases } from './runs.store.ts'
import { startedEvent } from './start-run.ts'

export type WorkerOptions = {
  readonly db: AgentsDatabase
  readonly logger: Logger
  readonly live: LiveRuns
  readonly deps: Omit<RunDeps, 'stopping'>
  readonly workerId: string
  /** For how long a run belongs to a worker that gives no sign of life. */
  readonly leaseMs: number
}

/** How soon a cancel is noticed that came through another replica. */
const cancelPollMs = 250
/** How many runs of others a worker works on at once. */
const maxTakenUp = 32
const idempotencyKeptHours = 24
const cleanMs = 600_000

type Working = { readonly run: Run; readonly stop: AbortController; readonly done: Promise<void> }

/**
 * Works on runs: those that were asked for in this process, and those whose worker is gone. A run that ends in an unexpected error is left as it is;
 * when its lease has run out, somebody takes it up from its journal.
 */
export function createWorker({ db, logger, live, deps, workerId, leaseMs }: WorkerOptions) {
  const working = new Map<string, Working>()
  const over = new AbortController()
  let stopping = false

  async function work(run: Run, stop: AbortController, asked: Asked | undefined): Promise<void> {
    const log = createRunLog({ db, run, live, onLost: () => stop.abort('lost' satisfies StopReason) })
    const deadline = setTimeout(() => stop.abort('expired' satisfies StopReason), run.remainingMs)
    try {
      if (run.cancel) stop.abort(run.cancel)
      const ended = await runAgent({ ...deps, stopping: () => stopping }, run, { log, stop, asked })
      if (!ended && stop.signal.reason !== 'lost') await log.release()
    } catch (error) {
      const context = { err: error, runId: run.id, attempt: run.attempt }
      if (error instanceof LeaseLost) logger.info(context, 'Another worker holds this run, or it was deleted')
      else logger.error(context, 'A run broke off; it goes on when its lease has run out')
    } finally {
      stop.abort('lost' satisfies StopReason)
      clearTimeout(deadline)
      log.stop()
      working.delete(run.id)
      live.end(run.id)
    }
  }

  const begin = (run: Run, events: readonly RunEvent[], asked?: Asked) => {
    const stop = new AbortController()
    live.begin(run.id, events)
    working.set(run.id, { run, stop, done: work(run, stop, asked) })
  }

  const takeUp = async () => {
    if (stopping) return
    const limit = maxTakenUp - working.size
    if (limit <= 0) return
    for (const run of await claimRuns(db, { workerId, leaseMs, limit, except: [...working.keys()] })) {
      logger.info({ runId: run.id, attempt: run.attempt }, 'Taking up a run')
      begin(run, [])
    }
  }

  const renew = async () => {
    const runs = [...working.values()].map(({ run }) => run)
    if (runs.length === 0) return
    const held = await renewLeases(db, runs, leaseMs)
    for (const { id, fence } of runs) {
      const now = working.get(id)
      if (!held.has(id) && now?.run.fence === fence) now.stop.abort('lost' satisfies StopReason)
    }
  }

  const cancel = async () => {
    if (working.size === 0) return
    for (const { id, cancel } of await fetchCancels(db, [...working.keys()])) working.get(id)?.stop.abort(cancel)
  }

  const clean = async () => {
    const oldest = sql<Date>`now() - ${idempotencyKeptHours} * interval '1 hour'`
    await db.deleteFrom('idempotency').where('created_at', '<', oldest).execute()
  }

  const loops = [
    every(Math.max(20, Math.min(1000, leaseMs / 4)), takeUp),
    every(leaseMs / 3, renew),
    every(cancelPollMs, cancel),
    every(cleanMs, clean),
  ]

  async function every(ms: number, turn: () => Promise<void>): Promise<void> {
    while (!over.signal.aborted) {
      await after(ms, undefined, { signal: over.signal, ref: false }).catch(() => undefined)
      if (over.signal.aborted) return
      // The database may be away for a while; the next turn tries again.
      await turn().catch((error: unknown) =>
        logger.warn({ err: error, turn: turn.name }, 'A turn of the worker failed'),
      )
    }
  }

  return {
    /** Works on a run that this process has just stored, of which everything is known here. */
    start: (run: Run, asked: Asked) => begin(run, [startedEvent(run)], asked),
    /** Ends a run here and now, if it is here. Others notice the column. */
    cancel: (runId: string, reason: 'asked' | 'access.revoked') => working.get(runId)?.stop.abort(reason),
    running: () => working.size,
    /** From now on no runs of others are taken up, and what breaks because this process stops is no failure of a run. */
    drain() {
      stopping = true
    },
    /** Stops. Runs that have not ended within the grace go on elsewhere, at once. */
    async close(graceMs: number): Promise<void> {
      stopping = true
      const ended = Promise.all([...working.values()].map(({ done }) => done))
      await Promise.race([ended, after(graceMs, undefined, { ref: false })])
      for (const { stop } of working.values()) stop.abort('released' satisfies StopReason)
      await Promise.all([...working.values()].map(({ done }) => done))
      over.abort()
      await Promise.all(loops)
    },
  }
}

export type Worker = ReturnType<typeof createWorker>
