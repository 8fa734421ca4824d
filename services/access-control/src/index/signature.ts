import { createHash } from 'node:crypto'
import { base32 } from '@tessera/shared/ids/ids'

/** `gates` without the space of the document; labels of every layer, those of a passage without its document's. */
export type SignedFacts = {
  readonly dataSourceId: string
  readonly space: string
  readonly gates: readonly string[]
  readonly documentLabels: readonly string[]
  readonly passageLabels: readonly string[]
}

/**
 * Names the combination of everything, other than its document's own lists, that decides about a passage: data source, space, gates, and the labels of the
 * document and of the passage. Passages of one signature are told apart by lists alone. Opaque to everybody else.
 */
export function signatureOf({ dataSourceId, space, gates, documentLabels, passageLabels }: SignedFacts): string {
  const text = JSON.stringify([dataSourceId, space, asSet(gates), asSet(documentLabels), asSet(passageLabels)])
  return base32(createHash('sha256').update(text).digest().subarray(0, 20))
}

/** Lists are sets: their order says nothing. */
export const asSet = (names: readonly string[]): string[] => [...new Set(names)].toSorted()
