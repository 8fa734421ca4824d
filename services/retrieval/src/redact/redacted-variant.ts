import { mask } from '@tessera/detect/mask'
import type { Keys } from '../passages/passage-ids.ts'
import { findQuote, textOf } from './find-quote.ts'
import { type Marking, markedLabels, spansOf } from './marking.ts'
import type { Span } from './spans.ts'

export type Texts = { readonly title: string; readonly headings: readonly string[]; readonly text: string }

/** A passage as it is below the full view: its own texts, and the hash that they are bound to. */
export type Variant = Texts & {
  readonly view: 'redacted' | 'digest'
  readonly hash: string
  readonly labels: readonly string[]
  readonly hidesTitle: boolean
}

/** What a variant is made for: the label set in force, and whether one of these labels hides the title. */
export type InForce = { readonly labels: readonly string[]; readonly hidesTitle: boolean }

/**
 * The passage with the spans of all labels masked (ACCESS.md section 4), or nothing: where no span is, or one that cannot be masked whole. Whether it exists for these
 * labels is for access-control to say, which knows their definitions.
 */
export function redactedVariant(
  passage: Texts & { readonly passageId: string },
  marking: Marking | null,
  { labels, hidesTitle }: InForce,
  { ruleVersion, keys }: { ruleVersion: number; keys: Pick<Keys, 'hashVariant'> },
): Variant | undefined {
  if (!marking || marking.cut || labels.length === 0 || markedLabels(marking).length === 0) return undefined
  const texts = maskedTexts(passage, marking, hidesTitle)
  const set = [...new Set(labels)].toSorted()
  const hash = keys.hashVariant([passage.passageId, texts, spansOf(marking), marking.place, ruleVersion, set])
  return { view: 'redacted', hash, labels: set, hidesTitle, ...texts }
}

/** A passage with everything masked that is marked in it. */
export function maskedTexts(passage: Texts, marking: Marking | null, hidesTitle: boolean): Texts {
  const masked = (text: string, spans: readonly Span[] = []) =>
    mask(text, hidesTitle ? [...spans, ...titleIn(passage.title, text)] : spans)
  return {
    title: shownTitle(passage.title, marking, hidesTitle),
    headings: passage.headings.map((heading, at) => masked(heading, marking?.headings[at])),
    text: masked(passage.text, marking?.text),
  }
}

/** The title as it is shown below the full view. */
export const shownTitle = (title: string, marking: Marking | null, hidesTitle: boolean) =>
  hidesTitle ? hiddenTitle : mask(title, marking?.title ?? [])

/** What stands in place of a title that a label hides. */
export const hiddenTitle = '[title]'

/** A hidden title does not stand in heading or text either. */
const titleIn = (title: string, text: string) =>
  findQuote(title, textOf(text)).map(([start, end]) => ({ start, end, kind: 'title' }))
