import { type Offer, offersOf } from '../documents/offers.ts'
import type { RegistryPassage } from '../documents/passages.store.ts'
import { hasPhrase } from '../words/phrases.ts'
import type { Ranked } from './fuse-rankings.ts'

/** A row that was found, with what the registry holds of it. */
export type Current = Ranked & { readonly offer: Offer }

/**
 * What was found and can be served. A row whose text the registry no longer holds is of an older version or variant; its text cannot be served, whoever asks. The index finds
 * phrases by their stems, so that the text has to say whether it has the very words.
 */
export function currentOffers(
  ranked: readonly Ranked[],
  registry: readonly RegistryPassage[],
  phrases: readonly string[],
): Current[] {
  const byId = new Map(registry.map((passage) => [passage.passageId, passage]))
  return ranked.flatMap((one) => {
    const { hit } = one
    const passage = byId.get(hit.passageId)
    if (passage?.contentVersion !== hit.contentVersion || passage.documentId !== hit.documentId) return []
    const offer = offersOf(passage).find(({ view, hash }) => view === hit.view && hash === hit.hash)
    return offer && hasAll(offer, phrases) ? [{ ...one, offer }] : []
  })
}

const hasAll = ({ title, headings, text }: Offer, phrases: readonly string[]) =>
  phrases.every((phrase) => [title, ...headings, text].some((one) => hasPhrase(one, phrase)))
