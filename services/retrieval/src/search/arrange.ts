import type { IndexHit } from '../index/search-index.ts'

/** How results are laid out. */
export type Layout = {
  /** At most so many passages; grouped, so many documents. */
  readonly limit: number
  /** At most so many passages of one document. */
  readonly perDocument?: number | undefined
  /** The passages of a document stand together, where its best one stands. */
  readonly grouped?: boolean | undefined
}
type Found = { readonly hit: Pick<IndexHit, 'documentId'> }

/** Of a document in a group, if nothing else is said. */
const usualPerDocument = 3

const perDocumentOf = ({ perDocument, grouped }: Layout) => perDocument ?? (grouped ? usualPerDocument : Infinity)

/** How many passages a layout takes at most. */
export const roomOf = (layout: Layout) => (layout.grouped ? layout.limit * perDocumentOf(layout) : layout.limit)

/** The best of a ranking, laid out. */
export function arrange<T extends Found>(ranked: readonly T[], layout: Layout): T[] {
  const documents = [...Map.groupBy(ranked, ({ hit }) => hit.documentId).values()]
  const kept = documents.map((passages) => passages.slice(0, perDocumentOf(layout)))
  if (layout.grouped) return kept.slice(0, layout.limit).flat()
  const among = new Set(kept.flat())
  return ranked.filter((one) => among.has(one)).slice(0, layout.limit)
}

/** Whether there are as many as were asked for: documents where they are grouped, else passages. */
export function isFilled(arranged: readonly Found[], { limit, grouped }: Layout): boolean {
  const count = grouped ? new Set(arranged.map(({ hit }) => hit.documentId)).size : arranged.length
  return count >= limit
}
