import { createHash } from 'node:crypto'
import type { DocumentAccess } from '@tessera/shared/contracts/access-control/facts'
import type { Static } from 'typebox'
import type { Listing } from '../sources/source.ts'

export type AccessFacts = Static<typeof DocumentAccess>

/** What a listing says about who may read a document, which stands at `place` or lies in what stands there. One that is no longer in the source is withheld until it is found elsewhere or ends. */
export function factsOf(
  listing: Pick<Listing, 'accessOf' | 'has' | 'unknown'>,
  dataSourceId: string,
  { id, place, content_version }: { id: string; place: string; content_version: string },
): AccessFacts {
  const known = listing.has(place) || listing.unknown(place)
  const { allow, deny, labels = [] } = listing.accessOf(place)
  const nameOf = (nativeId: string) => `group:${dataSourceId}:${nativeId}`
  return {
    documentId: id,
    contentVersion: content_version,
    allow: allow.map(nameOf).sort(),
    deny: deny.map(nameOf).sort(),
    gates: [],
    denyAgents: [],
    ...(labels.length > 0 ? { labels: labels.toSorted() } : {}),
    ...(known ? { state: 'ready' } : { state: 'quarantined', reason: 'It is no longer in the source.' }),
  }
}

/** Equal for equal facts; compared with the hash of what access-control acknowledged last. */
export const hashOfFacts = (facts: AccessFacts) => createHash('sha256').update(JSON.stringify(facts)).digest('hex')

const maxMessageBytes = 2 * 1024 * 1024

/** Cuts facts into messages of at most 500 documents and about 2 MB: long lists of names must not grow over what the bus carries. */
export function* messagesOf<T extends { facts: AccessFacts }>(documents: readonly T[]): Generator<T[]> {
  let message: T[] = []
  let sizeBytes = 0
  for (const document of documents) {
    const bytes = Buffer.byteLength(JSON.stringify(document.facts))
    if (message.length === 500 || (message.length > 0 && sizeBytes + bytes > maxMessageBytes)) {
      yield message
      message = []
      sizeBytes = 0
    }
    message.push(document)
    sizeBytes += bytes
  }
  if (message.length > 0) yield message
}
