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
  OtherDimensions,
  type SearchIndex,
} from '../index/search-index.ts'

export type FindCandidatesDeps = {
  index: SearchIndex
  indexes: Pick<KnownIndexes, 'live' | 'forget'>
  models: Models
}

export type FindCandidates = ReturnType<typeof createFindCandidates>

/** What one query needs of the index, however often it is asked. */
export type Asked = Omit<IndexQuery, 'limit' | 'vector'> & Prepared

type Prepared = {
  /** For the index of this name alone: another may have vectors of another model. */
  readonly embedded?: { readonly index: string; readonly model: string; readonly vector?: Float32Array }
}
type FindFault = Fault<'retrieval.unavailable' | 'retrieval.embedding-failed'>

/** What the check and the registry still need of a search's time. */
const reservedMs = 1500
const longestMs = 5000

/** Rows that may answer a question, all of them within the reader's filter. An index that does not answer, or is not complete, is a fault, never nothing found. */
export function createFindCandidates(deps: FindCandidatesDeps) {
  const { index, indexes, models } = deps

  /** Once for each query, whatever the reader's filter: its vector, by the model of the index. */
  async function prepare(words: string, call: Call): Promise<Result<Prepared, FindFault>> {
    try {
      const live = await indexes.live(call.caller.workspaceId)
      if (!live) return fail(retrievalFaults.fault('unavailable', 'The search index is being made from the registry.'))
      const { name, embeddingModel: model } = live
      if (!model) return ok({})
      const embedded = await embedTexts(models, { model, texts: [words], ofSearch: true }, call)
      if (!embedded.ok) return embeddingFailed(`The embedding model did not answer (${embedded.fault.code}).`)
      const [vector] = embedded.value
      return ok({ embedded: { index: name, model, ...(vector ? { vector } : {}) } })
    } catch (error) {
      return failFromIndex(error)
    }
  }

  async function ask({ embedded, ...query }: Asked, limit: number, call: Call): Promise<IndexAnswer> {
    const timeoutMs = Math.max(50, Math.min(longestMs, call.deadlineMs - Date.now() - reservedMs))
    const vector = embedded?.vector ? { vector: embedded.vector } : {}
    const { workspaceId } = call.caller
    const answer = await index.find(workspaceId, { ...query, ...vector, limit }, { signal: call.signal, timeoutMs })
    const isOther = answer.index !== undefined && embedded !== undefined && answer.index !== embedded.index
    if (isOther) throw new IndexReplaced()
    return answer
  }

  async function find(asked: Asked, limit: number, call: Call): Promise<Result<IndexAnswer, FindFault>> {
    try {
      return ok(await ask(asked, limit, call))
    } catch (error) {
      const isStale = [IndexReplaced, IndexMissing, OtherDimensions].some((kind) => error instanceof kind)
      return isStale ? findAnew(asked, limit, call) : failFromIndex(error)
    }
  }

  /** It was replaced or lost since it was looked at here. */
  async function findAnew(asked: Asked, limit: number, call: Call) {
    const { embedded: _, ...query } = asked
    indexes.forget(call.caller.workspaceId)
    const again = await prepare(query.words ?? '', call)
    if (!again.ok) return again
    try {
      return ok(await ask({ ...query, ...again.value }, limit, call))
    } catch (error) {
      return failFromIndex(error)
    }
  }
  return { prepare, find }
}

/** Another index answered than the one whose model made the vector. */
class IndexReplaced extends Error {}

const embeddingFailed = (why: string) => fail(retrievalFaults.fault('embedding-failed', why))

function failFromIndex(error: unknown) {
  if (error instanceof OtherDimensions) {
    return embeddingFailed(
      'The embedding model gives vectors of other dimensions than before. The index has to be made anew.',
    )
  }
  if (error instanceof IndexUnavailable || error instanceof IndexMissing || error instanceof IndexReplaced) {
    return fail(retrievalFaults.fault('unavailable', 'The search index does not answer.'))
  }
  throw error
}
