import { detectLanguage } from './detect-language.ts'
import { isFunctionWord, stemOf } from './languages.ts'
import { queryTerms } from './query-terms.ts'
import { chunksOf } from './tokens.ts'

/** In UTF-16 units; `end` is not included. */
export type Stretch = { readonly start: number; readonly end: number }

/** Where the words of a query stand in a text, in any of their forms. It looks at that text alone, so it tells nothing of another view of it. */
export function createHighlights(query: string) {
  const terms = new Set(queryTerms(query).terms)
  return function highlightsOf(text: string): Stretch[] {
    const language = detectLanguage(text)
    const found: { start: number; end: number }[] = []
    for (const { parts, whole } of chunksOf(text)) {
      for (const { word, start, end } of [...whole, ...parts]) {
        if (isFunctionWord(language, word) || !terms.has(stemOf(language, word))) continue
        const before = found.at(-1)
        if (before && start <= before.end) before.end = Math.max(before.end, end)
        else found.push({ start, end })
      }
    }
    return found
  }
}
