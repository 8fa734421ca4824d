import { type IndexAnswer, type IndexHit, rowIdOf } from '../index/search-index.ts'

/** Damps the lead of the first places; the value of the paper (Cormack, Clarke and Büttcher, 2009). */
const k = 60

/**
 * One ranking of two by reciprocal rank fusion: scores of words and of vectors cannot be compared, places can. Equal sums are told apart by id. With one
 * ranking, it is that one.
 */
export function fuseRanks({ byWords, byVector }: IndexAnswer): IndexHit[] {
  if (byVector.length === 0) return [...byWords]
  const fused = new Map<string, IndexHit>()
  for (const list of [byWords, byVector]) {
    for (const [place, hit] of list.entries()) {
      const score = (fused.get(rowIdOf(hit))?.score ?? 0) + 1 / (k + place + 1)
      fused.set(rowIdOf(hit), { ...hit, score })
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (rowIdOf(a) < rowIdOf(b) ? -1 : 1))
}
