import type { Call } from '@tessera/shared/bus/call'
import type { Client, InputOf } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Passage, retrievalContract } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Checked, checkPassages } from '../documents/check-passages.ts'
import { type Offer, offersOf, served } from '../documents/offers.ts'
import type { PassagesStore, RegistryPassage } from '../documents/passages.store.ts'
import { failFromAccess, fault } from '../faults.ts'
import type { IndexHit } from '../index/search-index.ts'
import type { Keys } from '../passages/passage-ids.ts'
import type { FindCandidates } from './find-candidates.ts'

export type SearchDeps = {
  access: Pick<Client<typeof accessContract>, 'readerFilter' | 'checkPassages'>
  passages: PassagesStore
  findCandidates: FindCandidates
  awaitRevision: (revision: number, call: Call) => Promise<boolean>
  keys: Pick<Keys, 'hashQuery'>
}

type Input = InputOf<(typeof retrievalContract)['operations']['search']>

/**
 * The passages that best answer a query among those that the caller may read. The filter holds inside the query; it may lag. So what came out of it is
 * checked against the facts of now, what the check refuses is dropped and once made up for, and what is served is the registry's text of exactly the
 * variant, version and hash that were found and checked. Where others hear the answer, each passage is found and used at the least view of all.
 */
export function createSearch(deps: SearchDeps) {
  const { access, passages, findCandidates, awaitRevision, keys } = deps
  return async function search(input: Input, call: Call) {
    const { workspaceId } = call.caller
    const { limit = 10, atLeast, audience } = input
    const at = { ...(atLeast === undefined ? {} : { atLeast }), ...(audience === undefined ? {} : { audience }) }
    const filter = await access.readerFilter(at, call)
    if (!filter.ok) return failFromAccess(filter.fault)
    if (atLeast !== undefined && !(await awaitRevision(atLeast, call))) {
      return fail(fault('behind', `The index has not reached revision ${atLeast}.`))
    }
    const found = await findCandidates({ ...input, limit: poolSize(limit), filter: filter.value }, call)
    if (!found.ok) return found

    const queryHash = keys.hashQuery(workspaceId, input.query)
    const check = (candidates: readonly IndexHit[]) =>
      checkPassages(access, { candidates: candidates.map(candidateOfHit), operation: 'search', queryHash, ...at }, call)
    const hits = oncePerPassage(found.value)
    const best = hits.slice(0, limit)
    const [first, registry] = await Promise.all([
      check(best),
      passages.uncheckedByIds(
        workspaceId,
        hits.map(({ passageId }) => passageId),
      ),
    ])
    if (!first.ok) return first
    const current = currentOnly(hits, registry)
    const kept = current.filter(({ hit }) => best.includes(hit) && first.value.allowed(hit.passageId, hit.view))
    const spare = current.filter(({ hit }) => !best.includes(hit))
    if (kept.length === best.length || spare.length === 0) return answer(kept, first.value)

    // All of them again, so that one decision covers everything that is served.
    const refill = [...kept, ...spare.slice(0, limit - kept.length)]
    const second = await check(refill.map(({ hit }) => hit))
    return second.ok ? answer(refill, second.value) : second
  }
}

/** Enough to make up for what the check refuses: rows that lag are few. */
const poolSize = (limit: number) => limit * 3 + 20

/** While its rights change, a passage may be found by two of its variants; the better match stands for it. */
function oncePerPassage(hits: readonly IndexHit[]): IndexHit[] {
  const seen = new Set<string>()
  return hits.filter(({ passageId }) => !seen.has(passageId) && seen.add(passageId))
}

const candidateOfHit = ({ passageId, documentId, contentVersion, view, hash }: IndexHit) => ({
  passageId,
  documentId,
  contentVersion,
  view,
  hash,
})

type Current = { hit: IndexHit; offer: Offer }

/** A row whose text the registry no longer holds is of an older version or variant; its text cannot be served, whoever asks. */
function currentOnly(hits: readonly IndexHit[], registry: readonly RegistryPassage[]): Current[] {
  const byId = new Map(registry.map((passage) => [passage.passageId, passage]))
  return hits.flatMap((hit) => {
    const passage = byId.get(hit.passageId)
    if (passage?.contentVersion !== hit.contentVersion || passage.documentId !== hit.documentId) return []
    const offer = offersOf(passage).find(({ view, hash }) => view === hit.view && hash === hit.hash)
    return offer ? [{ hit, offer }] : []
  })
}

function answer(current: readonly Current[], checked: Checked) {
  const passages: Passage[] = current.flatMap(({ offer }) => served(offer, checked))
  return ok({ passages, decisionId: checked.decisionId, revision: checked.revision })
}
