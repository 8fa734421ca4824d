import type { Call } from '@tessera/shared/bus/call'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { embedTexts, type Models } from '../index-documents/embed-texts.ts'
import type { KnownIndexes } from '../index-documents/known-indexes.ts'
import {
  type IndexHit,
  IndexMissing,
  type IndexQuery,
  IndexUnavailable,
  type SearchIndex,
} from '../index/search-index.ts'
import { fuseRanks } from './fuse-ranks.ts'

export type FindCandidatesDeps = {
  index: SearchIndex
  indexes: Pick<KnownIndexes, 'ensure' | 'forget'>
  models: Models
  embeddingModel: string | undefined
}
type Question = {
  query: string
  limit: number
  filter: ReaderFilter
  dataSourceIds?: string[]
  spaces?: string[]
}
export type FindCandidates = ReturnType<typeof createFindCandidates>

type FindFault = Fault<'retrieval.unavailable' | 'retrieval.embedding-failed'>

/** What the check and the registry still need of a search's time. */
const reservedMs = 1500
const longestMs = 5000

/** Rows that may answer a question, best first, all of them within the reader's filter. An index that does not answer is a fault, never nothing found. */
export function createFindCandidates(deps: FindCandidatesDeps) {
  return async function findCandidates(question: Question, call: Call): Promise<Result<IndexHit[], FindFault>> {
    const { query, limit, filter, dataSourceIds, spaces } = question
    const vector = await embedQuery(deps, query, call)
    if (!vector.ok) return vector
    const asked: IndexQuery = {
      words: query,
      limit,
      filter,
      ...(vector.value ? { vector: vector.value } : {}),
      ...(dataSourceIds ? { dataSourceIds } : {}),
      ...(spaces ? { spaces } : {}),
    }
    try {
      return ok(fuseRanks(await find(deps, asked, call)))
    } catch (error) {
      if (!(error instanceof IndexUnavailable) && !(error instanceof IndexMissing)) throw error
      return fail(retrievalFaults.fault('unavailable', 'The search index does not answer.'))
    }
  }
}

/** A workspace that was never indexed gets its empty index; one whose index was lost does not pass for empty. */
async function find({ index, indexes }: FindCandidatesDeps, asked: IndexQuery, { caller, deadlineMs, signal }: Call) {
  const { workspaceId } = caller
  const timeoutMs = Math.max(50, Math.min(longestMs, deadlineMs - Date.now() - reservedMs))
  try {
    return await index.find(workspaceId, asked, { signal, timeoutMs })
  } catch (error) {
    if (!(error instanceof IndexMissing)) throw error
    indexes.forget(workspaceId)
    const lost = await indexes.ensure(workspaceId)
    if (lost > 0) throw new IndexUnavailable('The index is being rebuilt', { cause: error })
    return await index.find(workspaceId, asked, { signal, timeoutMs })
  }
}

async function embedQuery(
  { models, embeddingModel }: FindCandidatesDeps,
  query: string,
  call: Call,
): Promise<Result<Float32Array | undefined, FindFault>> {
  if (!embeddingModel) return ok(undefined)
  const embedded = await embedTexts(models, { model: embeddingModel, texts: [query] }, call)
  if (embedded.ok) return ok(embedded.value[0])
  return fail(retrievalFaults.fault('embedding-failed', `The embedding model did not answer (${embedded.fault.code}).`))
}
