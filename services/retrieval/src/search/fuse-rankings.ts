import { type IndexAnswer, type IndexHit, rowIdOf } from '../index/search-index.ts'

/** Where a row stands in one ranking, counted from 1, and what the ranking gave it. */
export type Place = { readonly rank: number; readonly score: number }
/** A row in the ranking that counts. The reasons are told to nobody but auditors. */
export type Ranked = {
  readonly hit: IndexHit
  readonly score: number
  readonly byWords?: Place
  readonly byVector?: Place
}

/** What names the thing outweighs what is only near it. bench/README.md tells what these were tuned on. */
const weights = { byWords: 0.65, byVector: 0.35 }
/** Damps the lead of the first places. */
const damping = 30

/**
 * One ranking of two by weighted reciprocal ranks (after Cormack, Clarke and Büttcher, SIGIR 2009): scores of words and of vectors cannot be compared, places can. Equal
 * sums are told apart by id. With one ranking, it is that one.
 */
export function fuseRankings(answer: IndexAnswer): Ranked[] {
  const fused = new Map<string, Ranked>()
  for (const list of ['byWords', 'byVector'] as const) {
    for (const [at, hit] of answer[list].entries()) {
      const before = fused.get(rowIdOf(hit))
      const score = (before?.score ?? 0) + weights[list] / (damping + at + 1)
      fused.set(rowIdOf(hit), { hit, ...before, score, [list]: { rank: at + 1, score: hit.score } })
    }
  }
  return [...fused.values()].toSorted(byScore)
}

export const byScore = (a: Ranked, b: Ranked) => b.score - a.score || (rowIdOf(a.hit) < rowIdOf(b.hit) ? -1 : 1)
