import type { Bus } from '@tessera/shared/bus/bus'
import { wait } from '@tessera/shared/time/wait'
import type { IndexInfo } from '../index/search-index.ts'
import type { KnownIndexes } from '../index-documents/known-indexes.ts'
import { compareRows } from '../reconcile/compare-rows.ts'
import { type FillDeps, fillNext } from './fill-next.ts'
import type { Behind } from './next-index.store.ts'
import type { HeldJob, RunJob } from './run-jobs.ts'

export type ReindexDeps = FillDeps & {
  bus: Bus
  indexes: Pick<KnownIndexes, 'forget'>
  embeddingModel: string | undefined
  /** The live index rested, and does no more. */
  onPromoted: (workspaceId: string) => void
}

/** Pages under way at once: while one waits for the index, another reads and prepares. */
const lanes = 2
/** Rows of one page, and so the memory it takes. A larger document is a page by itself. */
const passagesPerPage = 1000
const documentsPerPage = 400
const pageTimeoutMs = 120_000
/** Rows that are missing or too many after all is filled are looked for so often. */
const corrections = 3
const restPollMs = 100

/**
 * Makes a new index beside the live one, which is searched and written meanwhile; fills it from the registry; makes up for what changed; compares the counts; and puts it in the
 * place of the live one. What it got to is in the registry, so another process goes on from there.
 */
export function createReindex(deps: ReindexDeps): RunJob {
  const { index, next, indexes, onPromoted } = deps
  return async function reindex(job) {
    const { workspaceId } = job
    if (job.state !== 'promoting') {
      if (job.report['embedAnew'] === true) await next.forgetVectors(workspaceId)
      const made = await nextIndex(deps, job)
      if (!made || !(await job.hold({ report: {} }))) return undefined
      if (!(await fill(deps, job, made, { settled: false }))) return undefined
      if (!(await job.hold({ state: 'finishing' })) || !(await untilAtRest(deps, job))) return undefined
      for (let round = 0; ; round++) {
        if (!(await fill(deps, job, made, { settled: true }))) return undefined
        const [found, expected] = await countBoth(deps, workspaceId)
        if (found === expected) break
        if (round === corrections) return { failed: `The next index has ${found} rows and should have ${expected}.` }
        await correct(deps, job)
      }
      if (!(await job.hold({ state: 'promoting' }))) return undefined
    }
    // A process that was killed here may have got further than its note.
    const [found, known] = await Promise.all([index.look(workspaceId), next.known(workspaceId)])
    if (found.live?.name !== known?.next) {
      // It was lost at the last moment: everything is done again.
      if (found.next?.name !== known?.next) return void (await job.hold({ state: 'running' }))
      await index.promote(workspaceId)
    }
    await next.settlePromoted(workspaceId)
    indexes.forget(workspaceId)
    onPromoted(workspaceId)
    return {}
  }
}

/** The index that is being filled: the one that was begun, if it is still there and for our model, or a new one. */
async function nextIndex({ index, next, embeddingModel }: ReindexDeps, job: HeldJob): Promise<IndexInfo | undefined> {
  const { workspaceId } = job
  const [found, known] = await Promise.all([index.look(workspaceId), next.known(workspaceId)])
  const begun = found.next
  const isOurs = begun?.name === known?.next && begun?.embeddingModel === embeddingModel
  if (begun && isOurs && job.report['embedAnew'] !== true) return begun
  await index.dropNext(workspaceId)
  const made = await index.make(workspaceId, 'next', embeddingModel)
  await next.begin(workspaceId, made.name, embeddingModel)
  return made
}

/** Fills what is behind until nothing is. False when the job was stopped. */
async function fill(
  deps: ReindexDeps,
  job: HeldJob,
  made: IndexInfo,
  { settled }: { settled: boolean },
): Promise<boolean> {
  const { workspaceId } = job
  for (;;) {
    const pages = createPages(deps, workspaceId, settled)
    let isHeld = true
    let count = 0
    const lane = async () => {
      for (let page = await pages(); isHeld && page.length > 0; page = await pages()) {
        isHeld &&= await job.hold()
        if (!isHeld) return
        count += page.length
        const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
        const call = deps.bus.callFor(caller, { timeoutMs: pageTimeoutMs, signal: job.signal })
        await fillNext(deps, { model: made.embeddingModel, behind: page }, call)
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
    // Only when every page has ended: nobody else is to fill it meanwhile.
    for (const one of ended) if (one.status === 'rejected') throw one.reason
    if (!isHeld) return false
    if (count === 0) return true
  }
}

/** Hands out what is behind, page by page, each document once. */
function createPages({ next }: ReindexDeps, workspaceId: string, settled: boolean) {
  let after = ''
  let left: Behind[] = []
  let turn: Promise<unknown> = Promise.resolve()
  const take = async (): Promise<Behind[]> => {
    if (left.length === 0) {
      left = await next.behind(workspaceId, { after, limit: documentsPerPage, settled })
      after = left.at(-1)?.documentId ?? after
    }
    let passages = 0
    const end = left.findIndex((one, at) => (passages += one.passages) > passagesPerPage && at > 0)
    return left.splice(0, end < 0 ? left.length : end)
  }
  return () => {
    const taken = turn.then(take)
    turn = taken.catch(() => undefined)
    return taken
  }
}

/** Waits until no worker has any document of the workspace in its hands. */
async function untilAtRest({ next }: ReindexDeps, { workspaceId, hold, signal }: HeldJob): Promise<boolean> {
  while ((await next.claimed(workspaceId)) > 0) {
    if (!(await hold())) return false
    await wait(restPollMs, signal)
  }
  return true
}

async function countBoth({ index, next }: ReindexDeps, workspaceId: string): Promise<[number, number]> {
  await index.refresh(workspaceId, 'next')
  return Promise.all([index.count(workspaceId, 'next'), next.countNext(workspaceId)])
}

/** Finds out where the counts come from: what a killed process had put and not noted, or somebody removed. */
async function correct(deps: ReindexDeps, job: HeldJob): Promise<void> {
  const { index, next } = deps
  const { workspaceId } = job
  for await (const { wrong, unknownRows } of compareRows(deps, { workspaceId, which: 'next', after: '' })) {
    await next.noteWrong(
      workspaceId,
      wrong.map(({ documentId }) => documentId),
    )
    await index.remove(workspaceId, unknownRows, 'next')
    await job.hold()
  }
}
