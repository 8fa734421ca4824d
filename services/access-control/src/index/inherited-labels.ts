import { asSet } from './signature.ts'

/** Parallel lists: the passages that were known, and the section that each was in. */
export type KnownPassages = { readonly passageIds: readonly string[]; readonly sections: readonly string[] }
type Place = { readonly passageId: string; readonly section: string }

/**
 * What new passages of a document that somebody labelled by hand take over, until somebody cleared removes it: the labels that passages of their section had
 * by hand, or those of the whole document where the section is new as well. `known` undefined: nobody knows what is new, so everything without labels is.
 */
export function inheritedLabels(
  known: KnownPassages | undefined,
  byHand: ReadonlyMap<string, readonly string[]>,
  passages: readonly Place[],
): Map<string, string[]> {
  const all = asSet([...byHand.values()].flat())
  const old = new Set(known?.passageIds)
  const bySection = known && labelsBySection(known, byHand)
  const fresh = passages.filter(({ passageId }) => !old.has(passageId) && !byHand.has(passageId))
  return new Map(fresh.map(({ passageId, section }) => [passageId, bySection?.get(section) ?? all]))
}

function labelsBySection({ passageIds, sections }: KnownPassages, byHand: ReadonlyMap<string, readonly string[]>) {
  const labels = new Map<string, string[]>()
  for (const [index, passageId] of passageIds.entries()) {
    const section = sections[index] ?? ''
    labels.set(section, asSet([...(labels.get(section) ?? []), ...(byHand.get(passageId) ?? [])]))
  }
  return labels
}
