import type { InputOf } from '@tessera/shared/bus/contract'
import type { search } from '@tessera/shared/contracts/retrieval/search'
import type { IndexAnswer } from '../index/search-index.ts'
import { fuseRankings, type Ranked } from './fuse-rankings.ts'
import { preferRecent } from './prefer-recent.ts'

/** What the index found as one ranking, each passage once. */
export function rank(
  found: IndexAnswer,
  { recency }: Pick<InputOf<typeof search>, 'recency'>,
  nowMs: number,
): Ranked[] {
  const fused = fuseRankings(found)
  return oncePerPassage(recency ? preferRecent(fused, { ...recency, nowMs }) : fused)
}

/** While its rights change, a passage may be found by two of its variants; the better match stands for it. */
function oncePerPassage(ranked: readonly Ranked[]): Ranked[] {
  const seen = new Set<string>()
  return ranked.filter(({ hit }) => !seen.has(hit.passageId) && seen.add(hit.passageId))
}
