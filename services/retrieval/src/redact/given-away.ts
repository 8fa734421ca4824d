import { oneLine } from '../extract/block.ts'
import { textOf } from './find-quote.ts'
import { type Marking, maskedValues } from './marking.ts'
import { maskedTexts, type Texts } from './redacted-variant.ts'
import type { Rules } from './rules.ts'

/** Of the passage that a text is to stand for: what is masked in it, and what would be masked in any text. */
export type Hidden = { readonly marking: Marking | null; readonly hidesTitle: boolean; readonly rules: Rules }

/**
 * The kinds of masked texts that a text gives away, in their order: it holds one whole, in any case and white space; or a number or a name that stands in nothing
 * but what is masked; or something that a rule would mask in a document. A number counts however its digits are grouped, and `85k` is 85,000; one in words, or a
 * rounded one, is not noticed: that is for whoever approves the text.
 */
export function givenAway(passage: Texts, { marking, hidesTitle, rules }: Hidden, text: string): string[] {
  const masked = marking ? maskedValues(passage, marking) : []
  const hidden = hidesTitle ? [...masked, { value: passage.title, kind: 'title' }] : masked
  const seen = maskedTexts(passage, marking, hidesTitle)
  const shown = [seen.title, ...seen.headings, seen.text].join('\n')
  const said = oneLine(text).toLowerCase()
  const kinds = hidden
    .filter(({ value }) => said.includes(oneLine(value).toLowerCase()) || tells(text, value, shown))
    .map(({ kind }) => kind)
  const found = rules.finders
    .filter((finder) => [...finder.find(textOf(text), '')].some((stretch) => stretch !== undefined))
    .map(({ kind }) => kind)
  return [...new Set([...kinds, ...found])].toSorted()
}

/** Whether a text has a number or a name of a hidden value which the rest of the passage does not have. */
function tells(text: string, hidden: string, shown: string): boolean {
  const known = numbersIn(shown)
  const numbers = [...numbersIn(hidden)].filter((number) => !known.has(number))
  const said = numbersIn(text)
  if (numbers.some((number) => said.has(number))) return true
  const common = new Set(wordsIn(shown).map(lower))
  const names = wordsIn(hidden).filter((word) => !common.has(lower(word)) && !isFunctionWord(word))
  return wordsIn(text).some((word) =>
    names.some((name) => lower(name) === lower(word) && (isName(name) || isName(word))),
  )
}

const lower = (word: string) => word.toLowerCase()

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

const wordsIn = (text: string): string[] =>
  [...segmenter.segment(text)]
    .filter(({ isWordLike, segment }) => isWordLike === true && /\p{L}{2}/u.test(segment))
    // Addresses join names: `jane.doe`, `jane_doe`.
    .flatMap(({ segment }) => segment.split(/[._]/))

/** Written with a capital, or in a script that has none. */
const isName = (word: string) => /^[\p{Lu}\p{Lt}\p{Lo}]/u.test(word)

/** What begins many a sentence and names nothing, in English, German, French and Spanish. */
const functionWords = new Set(
  (
    'a an and are as at be by but for from has have he her his if in is it its no not of on or our she so that the their they this to was we were will with you ' +
    'als am an auf aus bei bis das dem den der des die ein eine einem einen einer er es für hat ihr im ist mit nach nicht oder sie sind um und vom von war wir zu zum zur ' +
    'au aux avec ce cette dans de des du elle en est et il la le les leur ne nous ou par pas pour que qui sa se ses son sont sur un une vous ' +
    'al como con del el ella en es esta este la las los más no nos para pero por que se son su sus un una y'
  ).split(' '),
)
const isFunctionWord = (word: string) => functionWords.has(lower(word))

const number =
  /(\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?!\d)|\d+)(?:[.,](\d+))?(?:\s?(k|tsd|thousand|tausend|mille|mil)(?!\p{L}))?/giu

/** Numbers as their digits, whole and without decimals, so that `4,711.00`, `4.711` and `4711` are one. */
function numbersIn(text: string): Set<string> {
  const found = new Set<string>()
  for (const { 1: grouped = '', 2: decimals = '', 3: scale } of text.matchAll(number)) {
    const digits = grouped.replace(/\D/g, '')
    found.add(digits).add(digits + decimals)
    // Three zeros, less what stands behind the point already: `4.7k`.
    if (scale) found.add(digits + decimals + '0'.repeat(Math.max(0, 3 - decimals.length)))
  }
  return found
}
