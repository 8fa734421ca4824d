import type { Logger } from 'pino'
import type { JobState } from '../database.ts'
import type { IndexInfo, SearchIndex } from '../index/search-index.ts'
import type { JobsStore } from '../reindex/jobs.store.ts'
import type { NextIndexStore } from '../reindex/next-index.store.ts'

export type KnownIndexes = ReturnType<typeof createKnownIndexes>

export type KnownIndexesDeps = {
  index: Pick<SearchIndex, 'definitionVersion' | 'look' | 'make' | 'sweep'>
  next: NextIndexStore
  jobs: Pick<JobsStore, 'find' | 'start'>
  /** Of indexes that are made from now on. */
  embeddingModel: string | undefined
  /** There is a job. */
  onJob: () => void
  logger: Logger
}

const underWay = new Set<JobState>(['running', 'finishing', 'promoting'])
/** How long an index that was replaced is left to processes that may still ask it. */
const graceMs = 3_600_000
/** After that long it is looked again, and swept. */
const rememberedMs = 3_600_000

/**
 * The live indexes, as this process has seen them. A workspace gets its index with its first document. One that is lost, or is not the one that the registry speaks of, is
 * made again from the registry, as is one of an earlier version of this program; until that is done there is none, because part of it must not pass for all of it. One with
 * the vectors of another model than ours stays in service until the next one, with ours, takes its place.
 */
export function createKnownIndexes(deps: KnownIndexesDeps) {
  const { index, next, jobs, embeddingModel, onJob, logger } = deps
  const known = new Map<string, { live: Promise<IndexInfo | undefined>; untilMs: number }>()
  /** `unless`: states of an earlier job that say that somebody wants it otherwise. */
  const reindex = async (workspaceId: string, why: string, { unless }: { unless: readonly JobState[] }) => {
    const job = await jobs.find(workspaceId, 'reindex')
    if (job && (unless.includes(job.state) || underWay.has(job.state))) return
    await jobs.start(workspaceId, 'reindex')
    logger.info({ workspaceId }, `${why}: an index is made from the registry`)
    onJob()
  }
  const find = async (workspaceId: string): Promise<IndexInfo | undefined> => {
    const [{ live }, known] = await Promise.all([index.look(workspaceId), next.known(workspaceId)])
    // What a later version made is not for us, but the index that it took the place of may still be there.
    if (known && known.version > index.definitionVersion) return live
    // What takes its place is about to be noted by who promotes it.
    const isPromoted = live !== undefined && live.name === known?.next
    if (live && (live.name === known?.live || isPromoted)) {
      const model = live.embeddingModel
      if (!isPromoted && model !== embeddingModel) {
        await reindex(workspaceId, `Its vectors are of ${model ?? 'no model'}`, { unless: ['stopped', 'failed'] })
      }
      if (known && Date.now() - known.promotedAt.getTime() > graceMs) await index.sweep(workspaceId)
      return live
    }
    if (!live && !known && !(await next.hasIndexed(workspaceId))) {
      const made = await index.make(workspaceId, 'live', embeddingModel)
      await next.noteLive(workspaceId, made.name)
      return made
    }
    // What an earlier version made is left to processes of that version, which may still be about.
    const isOurs = known === undefined || known.version === index.definitionVersion
    if (isOurs && known?.live !== null) await next.noteLost(workspaceId)
    await reindex(workspaceId, isOurs ? 'The index is lost' : 'The index is of an earlier version', { unless: [] })
    return undefined
  }
  return {
    /** Undefined while it is made again. */
    async live(workspaceId: string): Promise<IndexInfo | undefined> {
      const there = known.get(workspaceId)
      if (there && there.untilMs > performance.now()) return there.live
      const live = find(workspaceId)
      known.set(workspaceId, { live, untilMs: performance.now() + rememberedMs })
      const forget = () => known.get(workspaceId)?.live === live && known.delete(workspaceId)
      live.then((info) => info ?? forget(), forget)
      return live
    },
    forget(workspaceId: string): void {
      known.delete(workspaceId)
    },
  }
}
