import type { Stretch } from '../finding.ts'
import { before, standsAlone } from '../nearby.ts'
import { aboveIn, sectionsOf } from '../sections.ts'
import { tablesOf } from '../tables.ts'
import { type IdForm, idForms } from './id-forms.ts'

/**
 * Numbers that a state gives to a person, by the form and the check digits of their country. A form that other numbers share counts only where a word nearby, or the
 * header of its column, says what it is.
 */
export function* findNationalIds(text: string, above = ''): Generator<Stretch | undefined> {
  const tables = tablesOf(text)
  const aboveAt = aboveIn(sectionsOf(text, above))
  for (const form of idForms) {
    for (const { 0: shown, index } of text.matchAll(form.shape)) {
      const stretch: Stretch = [index, index + shown.length]
      const isNamed = () =>
        [before(text, index, 50), tables.headerAt(index), aboveAt(index)].some((near) => form.named.test(near))
      yield isIdOf(form, text, stretch, isNamed) ? stretch : undefined
    }
  }
}

function isIdOf({ isValid, isTelling }: IdForm, text: string, stretch: Stretch, isNamed: () => boolean): boolean {
  const shown = text.slice(...stretch)
  if (!standsAlone(text, stretch) || isPartOfCode(text, stretch)) return false
  return (isTelling(shown) || isNamed()) && isValid(shown)
}

/** Digits between hyphens or slashes belong to something longer. */
const isPartOfCode = (text: string, [start, end]: Stretch) =>
  (/[-/+]/.test(text[start - 1] ?? '') && /\w/.test(text[start - 2] ?? '')) ||
  (/[-/+]/.test(text[end] ?? '') && /\w/.test(text[end + 1] ?? ''))
