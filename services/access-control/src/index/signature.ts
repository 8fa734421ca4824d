import { createHash } from 'node:crypto'
import { base32 } from '@tessera/shared/ids/ids'

export type SignedFacts = { dataSourceId: string; space: string; gates: readonly string[] }

/**
 * Names the combination of everything, other than its own lists, that decides about a document: data source, space and gates. Documents of one signature are
 * told apart by their lists alone. Opaque to everybody else.
 */
export function signatureOf({ dataSourceId, space, gates }: SignedFacts): string {
  const text = JSON.stringify([dataSourceId, space, [...new Set(gates)].toSorted()])
  return base32(createHash('sha256').update(text).digest().subarray(0, 20))
}
