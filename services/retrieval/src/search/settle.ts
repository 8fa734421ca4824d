import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Candidate, Checked } from '../documents/check-passages.ts'
import type { PassagesStore } from '../documents/passages.store.ts'
import { type IndexAnswer, type IndexHit, rowIdOf } from '../index/search-index.ts'
import { arrange, isFilled, type Layout, roomOf } from './arrange.ts'
import { type Current, currentOffers } from './current-offers.ts'
import type { Ranked } from './fuse-rankings.ts'

/** What came of a search: passages that may be served, best first, and the one decision that allowed all of them. */
export type Settled = { readonly kept: readonly Current[]; readonly checked: Checked }

export type Steps<F extends Fault, G extends Fault> = {
  find: (limit: number) => Promise<Result<IndexAnswer, F>>
  rank: (found: IndexAnswer) => Ranked[]
  check: (candidates: readonly Candidate[]) => Promise<Result<Checked, G>>
  passages: Pick<PassagesStore, 'uncheckedByIds'>
  phrases: readonly string[]
}

/** More of them would tell by their number how much was refused, and a search has to end. */
const maxChecks = 3
/** Enough to make up for what the check refuses: rows that lag are few. */
export const poolOf = (room: number) => room * 3 + 20
/** Where a few documents filled the pool, or much of it was refused, it is asked for once more, so much wider. */
const widening = 5
const maxPool = 1000

/**
 * The filter may lag, so what came out of the index is checked against the facts of now; what the check refuses is dropped and made up for. The last check covers all that is
 * served.
 */
export async function settle<F extends Fault, G extends Fault>(
  { find, rank, check, passages, phrases }: Steps<F, G>,
  layout: Layout,
  { caller }: Call,
): Promise<Result<Settled, F | G>> {
  const refused = new Set<string>()
  const choose = (ranked: readonly Ranked[]) =>
    arrange(
      ranked.filter(({ hit }) => !refused.has(rowIdOf(hit))),
      layout,
    )
  let pool = poolOf(roomOf(layout))
  let found = await find(pool)
  for (let checks = 1; ; checks++) {
    if (!found.ok) return found
    if (!isFilled(choose(rank(found.value)), layout) && isFull(found.value, pool)) {
      pool = Math.min(maxPool, pool * widening)
      found = await find(pool)
      if (!found.ok) return found
    }
    const chosen = choose(rank(found.value))
    const [checked, registry] = await Promise.all([
      check(chosen.map(({ hit }) => candidateOfHit(hit))),
      passages.uncheckedByIds(
        caller.workspaceId,
        chosen.map(({ hit }) => hit.passageId),
      ),
    ])
    if (!checked.ok) return checked
    const kept = currentOffers(chosen, registry, phrases).filter(({ hit }) =>
      checked.value.allowed(hit.passageId, hit.view),
    )
    const keptRows = new Set(kept.map(({ hit }) => rowIdOf(hit)))
    for (const { hit } of chosen) if (!keptRows.has(rowIdOf(hit))) refused.add(rowIdOf(hit))
    const others = choose(rank(found.value)).length > kept.length || isFull(found.value, pool)
    if (kept.length === chosen.length || !others || checks === maxChecks) return ok({ kept, checked: checked.value })
  }
}

const candidateOfHit = ({ passageId, documentId, contentVersion, view, hash }: IndexHit): Candidate => ({
  passageId,
  documentId,
  contentVersion,
  view,
  hash,
})

const isFull = ({ byWords, byVector }: IndexAnswer, pool: number) =>
  pool < maxPool && Math.max(byWords.length, byVector.length) >= pool
