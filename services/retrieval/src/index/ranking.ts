/** How BM25 weighs words that are said often, and long rows. bench/README.md tells what these were tuned on. */
export const bm25 = { k1: 2, b: 0.75 } as const

/** A passage of 300 tokens has about as many terms. In place of the average of all rows, which would tell of hidden ones. */
const usualTerms = 150

/**
 * How much a term tells of a row, by that row alone: the part of BM25 that knows no other rows, in eight steps (quantised impacts: Anh, de Kretser and Moffat, SIGIR
 * 2001). A ranking made of these needs no statistics but of the rows that a reader may see, and whole numbers have the same sum in any order.
 */
export const impactSteps = [1, 2, 3, 4, 5, 6, 7, 8] as const

/** Names a term with its impact. */
export const impactOf = (term: string, step: number) => `${step} ${term}`

/** What a row with these terms is found by in strict ranking: each term once, with its impact. */
export function impactsOf(terms: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  const damping = bm25.k1 * (1 - bm25.b + (bm25.b * terms.length) / usualTerms)
  return Array.from(counts, ([term, count]) =>
    impactOf(term, Math.max(1, Math.round((count / (count + damping)) * impactSteps.length))),
  )
}

/** What there is of some terms among the rows that pass a filter. */
export type TermStatistics = { readonly rows: number; readonly rowsWith: ReadonlyMap<string, number> }

/** Fine enough that rounding changes no order that matters, coarse enough that sums stay whole in 24 bits. */
const weightUnit = 32

/** How much each impact counts in a strict ranking, as a whole number: the rarer the term among the rows that pass, the more. */
export function impactWeights({ rows, rowsWith }: TermStatistics): Map<string, number> {
  const weights = new Map<string, number>()
  for (const [term, count] of rowsWith) {
    if (count === 0) continue
    const rarity = Math.log(1 + (rows - count + 0.5) / (count + 0.5))
    const weight = Math.max(1, Math.round(rarity * weightUnit))
    for (const step of impactSteps) weights.set(impactOf(term, step), weight * step)
  }
  return weights
}
