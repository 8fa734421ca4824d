import { detectLanguage } from './detect-language.ts'
import { type Terms, termsOf } from './terms.ts'

/** The texts that a row is found by. */
export type RowTexts = { readonly title: string; readonly headings: readonly string[]; readonly text: string }

/** How often a title and a heading count as said: they name what all the rest is about. bench/README.md tells what these were tuned on. */
const times = { title: 2, headings: 2 }

/** What a row is found by: the stems of its words in their order, and behind them compounds as one word and single characters, which no phrase goes through. */
export function termsOfRow({ title, headings, text }: RowTexts): string[] {
  const language = detectLanguage([text, ...headings, title].join('\n'))
  const named = termsOf(title, language)
  const headed = termsOf(headings.join('\n'), language)
  const all: Terms[] = [
    ...Array.from({ length: times.title }, () => named),
    ...Array.from({ length: times.headings }, () => headed),
    termsOf(text, language),
  ]
  return [...all.flatMap(({ inOrder }) => inOrder), ...all.flatMap(({ wholes, within }) => [...wholes, ...within])]
}
