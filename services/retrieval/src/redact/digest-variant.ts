import type { Keys } from '../passages/passage-ids.ts'
import { type Marking, spansOf } from './marking.ts'
import type { InForce, Variant } from './redacted-variant.ts'
import { shownTitle } from './redacted-variant.ts'

type Passage = { passageId: string; hash: string; title: string; headings: readonly string[]; text: string }

/** What a digest is bound to: its own text, and the text and spans that it was drafted from. */
export const hashOfDigest = (
  { passageId, hash }: Pick<Passage, 'passageId' | 'hash'>,
  marking: Marking | null,
  text: string,
  keys: Pick<Keys, 'hashVariant'>,
) => keys.hashVariant([passageId, 'digest', hash, marking && [spansOf(marking), marking.place, marking.cut], text])

/** What a reader of the digest view gets: the approved text under the title, as it is shown below the full view, and nothing else. */
export const digestVariant = (
  passage: Passage,
  marking: Marking | null,
  { labels, hidesTitle }: InForce,
  digest: { hash: string; text: string },
): Variant => ({
  view: 'digest',
  hash: digest.hash,
  labels: [...labels].toSorted(),
  hidesTitle,
  title: shownTitle(passage.title, marking, hidesTitle),
  headings: [],
  text: digest.text,
})
