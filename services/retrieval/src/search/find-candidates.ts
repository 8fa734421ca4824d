import type { Call } from '@tessera/shared/bus/call'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { embedTexts, type Models } from '../index-documents/embed-texts.ts'
import type { KnownIndexes } from '../index-documents/known-indexes.ts'
import {
  type IndexAnswer,
  IndexMissing,
  type IndexQuery,
  IndexUnavailable,
  type SearchIndex,
} from '../index/search-index.ts'

export type FindCandidatesDeps = {
  index: SearchIndex
  indexes: Pick<KnownIndexes, 'ensure' | 'forget'>
  models: Models
  embeddingModel: string | undefined
}

export type FindCandidates = ReturnType<typeof createFindCandidates>

/** What one query needs of the index, however often it is asked. */
type Asked = Omit<IndexQuery, 'limit'>

/** What the check and the registry still need of a search's time. */
const reservedMs = 1500
const longestMs = 5000

/** Rows that may answer a question, all of them within the reader's filter. An index that does not answer is a fault, never nothing found. */
export function createFindCandidates(deps: FindCandidatesDeps) {
  return {
    /** Once for each query: its vector, where there is a model for it. */
    async prepare(
      query: Omit<Asked, 'vector'>,
      call: Call,
    ): Promise<Result<Asked, Fault<'retrieval.embedding-failed'>>> {
      const { models, embeddingModel: model } = deps
      if (!model) return ok(query)
      const embedded = await embedTexts(models, { model, texts: [query.words ?? ''] }, call)
      if (!embedded.ok) {
        const why = `The embedding model did not answer (${embedded.fault.code}).`
        return fail(retrievalFaults.fault('embedding-failed', why))
      }
      const [vector] = embedded.value
      return ok({ ...query, ...(vector ? { vector } : {}) })
    },

    async find(asked: Asked, limit: number, call: Call): Promise<Result<IndexAnswer, Fault<'retrieval.unavailable'>>> {
      try {
        return ok(await find(deps, { ...asked, limit }, call))
      } catch (error) {
        if (!(error instanceof IndexUnavailable) && !(error instanceof IndexMissing)) throw error
        return fail(retrievalFaults.fault('unavailable', 'The search index does not answer.'))
      }
    },
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
