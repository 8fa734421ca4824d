import type { Bus } from '@tessera/shared/bus/bus'
import { newId } from '@tessera/shared/ids/ids'
import type { Logger } from 'pino'
import type { RetrievalDatabase } from '../database.ts'
import { IndexMissing, IndexUnavailable } from '../index/search-index.ts'
import { createDoorbell } from './doorbell.ts'
import { indexBatch, type IndexBatchDeps } from './index-batch.ts'
import type { KnownIndexes } from './known-indexes.ts'
import { Later } from './later.ts'
import { passageCounts } from './load-documents.ts'
import type { Claim, Work, WorkStore } from './work.store.ts'

export type WorkerDeps = IndexBatchDeps & {
  bus: Bus
  db: RetrievalDatabase
  store: WorkStore
  indexes: KnownIndexes
  /** Told when documents were finished, for those who wait for them here. */
  onDone: () => void
  logger: Logger
}

/** Batches under way at once: while one waits for the index, another reads and prepares. */
const lanes = 2
const documentsPerClaim = 100
/** Rows of one batch, and so the memory it takes. A larger document is a batch by itself. */
const passagesPerBatch = 1000
/** How long work of other replicas, or put off, may wait to be noticed. */
const pollMs = 1000
const batchTimeoutMs = 60_000
/** After so many failures, a document is tried alone, so that it cannot take others down with it. */
const aloneAfter = 2

/** Does the index work until it is closed. Any number of replicas may run one. */
export function startWorker(deps: WorkerDeps) {
  const closing = new AbortController()
  const doorbell = createDoorbell()
  const runs = Array.from({ length: lanes }, () => runLane(deps, doorbell, closing.signal))
  return {
    /** There may be work. */
    wake: doorbell.ring,
    async close() {
      closing.abort()
      doorbell.ring()
      await Promise.all(runs)
    },
  }
}

async function runLane(deps: WorkerDeps, doorbell: ReturnType<typeof createDoorbell>, signal: AbortSignal) {
  while (!signal.aborted) {
    const heard = doorbell.listen()
    let worked = false
    try {
      for (const workspaceId of shuffled(await deps.store.workspaces())) {
        if (signal.aborted) return
        worked = (await workOn(deps, workspaceId, signal)) || worked
      }
    } catch (error) {
      deps.logger.error({ err: error }, 'Index work failed; it is tried again')
    }
    if (!worked) await heard.within(pollMs)
  }
}

/** Workers of several replicas begin at different workspaces, and none of these is always last. */
const shuffled = (items: readonly string[]) =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

async function workOn(deps: WorkerDeps, workspaceId: string, signal: AbortSignal): Promise<boolean> {
  const claim = await deps.store.claim(workspaceId, newId('evt'), documentsPerClaim)
  if (claim.work.length === 0) return false
  let left = claim
  for (const batch of await batchesOf(deps, claim)) {
    if (signal.aborted) {
      await deps.store.giveBack(left, { reason: null, delayMs: 0 })
      return true
    }
    if (!(await tryBatch(deps, left, batch, signal))) return false
    deps.onDone()
    left = { ...left, work: left.work.slice(batch.length) }
  }
  return true
}

async function batchesOf({ db }: WorkerDeps, { workspaceId, work }: Claim): Promise<Work[][]> {
  const documentIds = work.map(({ documentId }) => documentId)
  const counts = await passageCounts(db, workspaceId, documentIds)
  const batches: Work[][] = []
  let room = -1
  for (const one of work) {
    const count = counts.get(one.documentId) ?? 0
    const alone = one.attempts >= aloneAfter
    if (alone || count > room) {
      batches.push([])
      room = passagesPerBatch
    }
    batches.at(-1)?.push(one)
    room = alone ? -1 : room - count
  }
  return batches
}

/** False when the rest of the claim was given back, because what failed would fail again at once. */
async function tryBatch(deps: WorkerDeps, claim: Claim, batch: readonly Work[], signal: AbortSignal): Promise<boolean> {
  const { store, indexes, bus } = deps
  const { workspaceId } = claim
  const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
  try {
    await store.renew(claim)
    await indexes.ensure(workspaceId)
    const outcomes = await indexBatch(deps, batch, bus.callFor(caller, { timeoutMs: batchTimeoutMs, signal }))
    await store.finish(claim, outcomes)
    return true
  } catch (error) {
    await putOff(deps, claim, error)
    return false
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
