import { newId } from '@tessera/shared/ids/ids'
import { wait } from '@tessera/shared/time/wait'
import type { Logger } from 'pino'
import type { JobKind } from '../database.ts'
import type { Doorbell } from '../index-documents/doorbell.ts'
import { Later } from '../index-documents/later.ts'
import { IndexMissing, IndexUnavailable } from '../index/search-index.ts'
import type { Job, JobsStore } from './jobs.store.ts'
import type { NextIndexStore } from './next-index.store.ts'

/** A job in the hands of this process. `hold` before each step, and nothing more once it says false: somebody stopped the job, or took it over. */
export type HeldJob = Job & {
  readonly hold: (change?: Parameters<JobsStore['hold']>[2]) => Promise<boolean>
  readonly signal: AbortSignal
}
/** Works on a job until it is done; undefined when it was stopped or taken over meanwhile. Throws what may get better. */
export type RunJob = (job: HeldJob) => Promise<{ failed?: string } | undefined>

/** Jobs of other replicas, or of killed ones, are noticed within this time. */
const pollMs = 2000
/** After something failed that may get better. */
const pauseMs = 2000

export type JobsDeps = {
  jobs: JobsStore
  next: Pick<NextIndexStore, 'outdated'>
  runs: Record<JobKind, RunJob>
  /** Rings when there may be a job. */
  bell: Doorbell
  logger: Logger
}

/** Does jobs one after the other until it is closed. Any number of replicas may run one; a job that is cut off is gone on with by another. */
export function startJobs(deps: JobsDeps) {
  const { bell } = deps
  const closing = new AbortController()
  const holder = newId('evt')
  let hasLooked = false
  const work = async () => {
    // What earlier versions made is made anew, also where nobody asks for it yet.
    if (!hasLooked) for (const workspaceId of await deps.next.outdated()) await deps.jobs.start(workspaceId, 'reindex')
    hasLooked = true
    return workOnce(deps, holder, closing.signal)
  }
  const run = (async () => {
    while (!closing.signal.aborted) {
      const heard = bell.listen()
      const worked = await work().catch((error: unknown) => {
        deps.logger.error({ err: error }, 'Jobs of the index cannot be looked for now')
        return false
      })
      if (!worked) await heard.within(pollMs)
    }
  })()
  return {
    async close() {
      closing.abort()
      bell.ring()
      await run
    },
  }
}

async function workOnce({ jobs, runs, logger }: JobsDeps, holder: string, signal: AbortSignal): Promise<boolean> {
  const job = await jobs.take(holder)
  if (!job) return false
  const { workspaceId, kind } = job
  const hold: HeldJob['hold'] = async (change) => !signal.aborted && (await jobs.hold(holder, job, change))
  try {
    const ended = await keeping(hold, jobs.leaseMs, () => runs[kind]({ ...job, hold, signal }))
    if (ended) {
      await jobs.end(holder, job, ended.failed === undefined ? 'done' : 'failed', ended.failed)
      logger.info({ workspaceId, kind, ...ended }, 'A job of the index ended')
    } else await jobs.release(holder, 0)
  } catch (error) {
    const outage = error instanceof Later || error instanceof IndexUnavailable || error instanceof IndexMissing
    const reason = error instanceof Error ? error.message : String(error)
    logger[outage ? 'warn' : 'error']({ err: error, workspaceId, kind }, 'A job of the index is put off')
    await jobs.note(holder, reason)
    await jobs.release(holder, pauseMs)
    await wait(pauseMs, signal)
  }
  return true
}

/** One step may take longer than the lease, so it is renewed beside the work. Where that fails, the next step finds out. */
async function keeping<T>(hold: HeldJob['hold'], leaseMs: number, work: () => Promise<T>): Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  const beat = setInterval(() => {
    last = hold().catch(() => undefined)
  }, leaseMs / 3)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await last
  }
}
