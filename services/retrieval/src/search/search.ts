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
import { askedOf, type SearchInput } from './asked.ts'
import type { Asked, FindCandidates } from './find-candidates.ts'
import { howSearched, placeOf } from './how-searched.ts'
import { lookAround, neighboursOf, type Surrounded } from './look-around.ts'
import { notesOnQuery } from './notes.ts'
import { rank } from './rank.ts'
import { rerank, type RerankDeps, rerankedAtLeast } from './rerank.ts'
import { settle } from './settle.ts'

export type SearchDeps = RerankDeps & {
  access: Pick<Client<typeof accessContract>, 'readerFilter' | 'checkPassages' | 'checkRole'>
  passages: PassagesStore
  findCandidates: FindCandidates
  awaitRevision: (revision: number, call: Call) => Promise<boolean>
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
  const { access, passages, findCandidates, awaitRevision, keys } = deps
  return async function search(input: SearchInput, call: Call) {
    const { query, limit = 10, perDocument, grouped, neighbours = 0, atLeast, audience, unclearedLabels } = input
    const layout: Layout = { limit, perDocument, grouped }
    if (roomOf(layout) * (1 + 2 * neighbours) > maxPassages) return tooMuch()
    const { workspaceId } = call.caller
    if (input.why) {
      const held = await access.checkRole({ anyOf: ['admin', 'auditor'] }, call)
      if (!held.ok) return failFromAccess(held.fault)
    }
    const at = {
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(audience === undefined ? {} : { audience }),
      ...(unclearedLabels === undefined ? {} : { unclearedLabels }),
    }
    const filter = await access.readerFilter(at, call)
    if (!filter.ok) return failFromAccess(filter.fault)
    if (atLeast !== undefined && !(await awaitRevision(atLeast, call))) {
      return fail(fault('behind', `The index has not reached revision ${atLeast}.`))
    }
    const asked = await findCandidates.prepare(askedOf(input, filter.value), call)
    if (!asked.ok) return asked

    const queryHash = keys.hashQuery(workspaceId, query)
    const check = (candidates: readonly Candidate[]) =>
      checkPassages(access, { candidates: [...candidates], operation: 'search', queryHash, ...at }, call)
    const nowMs = Date.now()
    const steps = {
      find: (pool: number) => findCandidates.find(asked.value, pool, call),
      rank: (found: Parameters<typeof rank>[0]) => rank(found, input, nowMs),
      check,
      passages,
      phrases: phrasesOf(query),
    }
    const reranks = deps.rerankModel !== undefined && input.rerank !== false
    const pool = { limit: Math.max(rerankedAtLeast, roomOf(layout)) }
    const settled = await settle(steps, reranks ? pool : layout, call)
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
      ...(input.why ? { how: howSearched(query, filter.value, modelsOf(deps, asked.value)) } : {}),
      decisionId: around.value.checked.decisionId,
      receipt: around.value.checked.receipt,
      revision: around.value.checked.revision,
    })
  }
}

const modelsOf = ({ rerankModel }: SearchDeps, { embedded }: Asked) => ({
  embeddingModel: embedded?.model,
  rerankModel,
})

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
