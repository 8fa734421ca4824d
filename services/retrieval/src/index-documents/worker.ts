import type { Bus } from '@tessera/shared/bus/bus'
import { wait } from '@tessera/shared/time/wait'
import type { Logger } from 'pino'
import { IndexMissing, IndexUnavailable } from '../index/search-index.ts'
import { type Claims, createClaims } from './claims.ts'
import { indexBatch, type IndexBatchDeps } from './index-batch.ts'
import type { KnownIndexes } from './known-indexes.ts'
import { Later } from './later.ts'
import type { Claim, Work, WorkStore } from './work.store.ts'

export type WorkerDeps = IndexBatchDeps & {
  bus: Bus
  store: WorkStore
  indexes: KnownIndexes
  /** Told when documents were finished, for those who wait for them here. */
  onDone: () => void
  logger: Logger
}

/** Batches under way at once: while one waits for the index, another reads and prepares. */
const lanes = 2
/** Rows of one batch, and so the memory it takes. A larger document is a batch by itself. */
const passagesPerBatch = 1000
/** After the database did not answer. */
const pauseMs = 1000
const batchTimeoutMs = 60_000
/** After so many failures, a document is tried alone, so that it cannot take others down with it. */
const aloneAfter = 2

/** Does the index work until it is closed. Any number of replicas may run one. */
export function startWorker(deps: WorkerDeps) {
  const closing = new AbortController()
  const claims = createClaims(deps.store, closing.signal)
  const runs = Array.from({ length: lanes }, () => runLane(deps, claims, closing.signal))
  return {
    /** There may be work in this workspace. */
    wake: (workspaceId: string) => claims.wake(workspaceId),
    async close() {
      closing.abort()
      claims.close()
      await Promise.all(runs)
    },
  }
}

async function runLane(deps: WorkerDeps, claims: Claims, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      const claim = await claims.next()
      if (claim) await workOn(deps, claims, claim, signal)
    } catch (error) {
      deps.logger.error({ err: error }, 'Index work failed; it is tried again')
      await wait(pauseMs, signal)
    }
  }
}

async function workOn(deps: WorkerDeps, claims: Claims, claim: Claim, signal: AbortSignal): Promise<void> {
  let left = claim
  for (const batch of batchesOf(claim)) {
    if (signal.aborted) return deps.store.giveBack(left, { reason: null, delayMs: 0 })
    if (left !== claim) await deps.store.renew(left)
    const { again, failed } = await tryBatch(deps, left, batch, signal)
    if (again) claims.wake(claim.workspaceId)
    if (failed) return
    deps.onDone()
    left = { ...left, work: left.work.slice(batch.length) }
  }
}

function batchesOf({ work }: Claim): Work[][] {
  const batches: Work[][] = []
  let room = -1
  for (const one of work) {
    const alone = one.attempts >= aloneAfter
    if (alone || one.passages > room) {
      batches.push([])
      room = passagesPerBatch
    }
    batches.at(-1)?.push(one)
    room = alone ? -1 : room - one.passages
  }
  return batches
}

/** `failed`: the rest of the claim was given back, because what failed would fail again at once. `again`: there is more to be done at once. */
async function tryBatch(deps: WorkerDeps, claim: Claim, batch: readonly Work[], signal: AbortSignal) {
  const { store, indexes, bus } = deps
  const { workspaceId } = claim
  const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
  try {
    const live = await indexes.live(workspaceId)
    const call = bus.callFor(caller, { timeoutMs: batchTimeoutMs, signal })
    const outcomes = await indexBatch(deps, { live, work: batch }, call)
    const unfinished = await store.finish(claim, live?.name ?? null, outcomes)
    if (unfinished === 'replaced') indexes.forget(workspaceId)
    return { again: unfinished !== 0, failed: false }
  } catch (error) {
    await putOff(deps, claim, error)
    return { again: false, failed: true }
  }
}

/** Outages end; then everything goes on within seconds. What fails for a reason that nobody foresaw is tried ever more rarely. */
const longestDelayMs = { outage: 10_000, unknown: 300_000 }

async function putOff({ store, indexes, logger }: WorkerDeps, claim: Claim, error: unknown): Promise<void> {
  const { workspaceId, work } = claim
  if (error instanceof IndexMissing) indexes.forget(workspaceId)
  const outage = error instanceof Later || error instanceof IndexUnavailable || error instanceof IndexMissing
  const attempts = Math.min(...work.map((one) => one.attempts))
  const longest = outage ? longestDelayMs.outage : longestDelayMs.unknown
  const delayMs = Math.min(longest, 250 * 2 ** Math.min(attempts, 20)) * (0.75 + Math.random() / 2)
  logger[outage ? 'warn' : 'error']({ err: error, workspaceId, documents: work.length, delayMs }, 'Indexing is put off')
  await store.giveBack(claim, { reason: error instanceof Error ? error.message : String(error), delayMs })
}
