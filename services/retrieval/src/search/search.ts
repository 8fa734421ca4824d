import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { FoundPassage } from '@tessera/shared/contracts/retrieval/search'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Candidate, checkPassages } from '../documents/check-passages.ts'
import { served } from '../documents/offers.ts'
import type { PassagesStore } from '../documents/passages.store.ts'
import { failFromAccess, fault } from '../faults.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { createHighlights } from '../words/highlights.ts'
import { phrasesOf } from '../words/phrases.ts'
import { arrange, type Layout, roomOf } from './arrange.ts'
import type { SearchInput } from './asked.ts'
import { type BeginDeps, createBegin } from './begin.ts'
import { howSearched, placeOf } from './how-searched.ts'
import { lookAround, neighboursOf, type Surrounded } from './look-around.ts'
import { notesOnQuery } from './notes.ts'
import { rank } from './rank.ts'
import { rerank, type RerankDeps, rerankedAtLeast } from './rerank.ts'
import { poolOf, settle } from './settle.ts'

export type SearchDeps = RerankDeps &
  BeginDeps & {
    access: Pick<Client<typeof accessContract>, 'checkPassages' | 'checkRole'>
    passages: PassagesStore
    keys: Pick<Keys, 'hashQuery'>
  }

/** What one check and one answer hold, what stands around included. */
const maxPassages = 350

/**
 * The passages that best answer a query among those that the caller may read. The filter holds inside the query; it may lag. So what came out of it is
 * checked against the facts of now, and what is served is the registry's text of exactly the variant, version and hash that were found and checked. Where others
 * hear the answer, each passage is found and used at the least view of all.
 */
export function createSearch(deps: SearchDeps) {
  const { access, passages, keys } = deps
  const begin = createBegin(deps)
  return async function search(input: SearchInput, call: Call) {
    const { query, limit = 10, perDocument, grouped, neighbours = 0 } = input
    const layout: Layout = { limit, perDocument, grouped }
    if (roomOf(layout) * (1 + 2 * neighbours) > maxPassages) return tooMuch()
    const { workspaceId } = call.caller
    if (input.why) {
      const held = await access.checkRole({ anyOf: ['admin', 'auditor'] }, call)
      if (!held.ok) return failFromAccess(held.fault)
    }
    const reranks = deps.rerankModel !== undefined && input.rerank !== false
    const pool = reranks ? { limit: Math.max(rerankedAtLeast, roomOf(layout)) } : layout
    const begun = await begin(input, poolOf(roomOf(pool)), call)
    if (!begun.ok) return begun
    const { filter, at, find, embeddingModel } = begun.value
    const { hash: filterHash } = filter
    const hashes = {
      queryHash: keys.hashQuery(workspaceId, query),
      ...(filterHash === undefined ? {} : { filterHash }),
    }
    const check = (candidates: readonly Candidate[]) =>
      checkPassages(access, { candidates: [...candidates], operation: 'search', ...hashes, ...at }, call)
    const nowMs = Date.now()
    const steps = {
      find,
      rank: (found: Parameters<typeof rank>[0]) => rank(found, input, nowMs),
      check,
      passages,
      phrases: phrasesOf(query),
    }
    const settled = await settle(steps, pool, call)
    if (!settled.ok) return settled
    const isAsked = reranks && settled.value.kept.length > 1
    const reranked = isAsked ? await rerank(deps, query, settled.value, call) : undefined
    const kept = reranks ? arrange(reranked ?? settled.value.kept, layout) : settled.value.kept
    const surroundings = { passages, workspaceId, check, waited: isAsked }
    const around = await lookAround({ ...settled.value, kept }, neighbours, surroundings)
    if (!around.ok) return around
    const notes = [...notesOnQuery(query), ...(isAsked && !reranked ? (['not-reranked'] as const) : [])]
    return ok({
      passages: found(around.value, input),
      ...(notes.length === 0 ? {} : { notes }),
      ...(input.why ? { how: howSearched(query, filter, { embeddingModel, rerankModel: deps.rerankModel }) } : {}),
      decisionId: around.value.checked.decisionId,
      receipt: around.value.checked.receipt,
      revision: around.value.checked.revision,
    })
  }
}

const tooMuch = () =>
  fail({
    ...fault('invalid', `A search gives ${maxPassages} passages at most, what stands around them included.`),
    errors: [{ field: '/limit', rule: 'with perDocument and neighbours must not ask for more than that' }],
  })

function found(surrounded: Surrounded, { query, neighbours = 0, highlights, why }: SearchInput): FoundPassage[] {
  const highlightsOf = createHighlights(query)
  return surrounded.kept.flatMap((one) =>
    served(one.offer, surrounded.checked).map((passage) => ({
      ...passage,
      ...(neighbours > 0 ? neighboursOf(one, surrounded, neighbours) : {}),
      ...(highlights ? { highlights: highlightsOf(passage.text) } : {}),
      ...(why ? { why: placeOf(one) } : {}),
    })),
  )
}
