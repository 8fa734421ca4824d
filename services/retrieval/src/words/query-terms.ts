import { detectLanguage } from './detect-language.ts'
import { isFunctionWord, type Language, languages } from './languages.ts'
import { phrasesOf } from './phrases.ts'
import { termsOf } from './terms.ts'
import { chunksOf } from './tokens.ts'

/** What a query looks for. */
export type QueryTerms = {
  /** Any of these: the more of them, and the rarer they are, the better. */
  readonly terms: readonly string[]
  /** Every phrase must be there, in one of its forms: these terms one behind the other. That finds too much; `hasPhrase` tells. */
  readonly phrases: readonly (readonly (readonly string[])[])[]
  /** It has more words than a search takes; the first ones count. */
  readonly cut: boolean
}

/** Each term costs a clause, in strict ranking eight, and a cluster may allow as few as 1,024 of them. */
const maxTerms = 120
/** A query of so many words tells its language. */
const manyWords = 12

/** The terms of a query in each language that it may be in. Nothing in it is syntax but quotation marks. */
export function queryTerms(query: string): QueryTerms {
  const asked = languagesOf(query)
  const found = asked.map((language) => termsOf(query, language, asked[0]))
  const terms = new Set(found.flatMap(({ inOrder, wholes }) => [...inOrder, ...wholes]))
  return {
    terms: [...terms].slice(0, maxTerms),
    phrases: phrasesOf(query).map(formsOf),
    cut: terms.size > maxTerms,
  }
}

/** The likeliest language first. Alone, where the query leaves no doubt: stems of another one would find what was not meant. */
function languagesOf(query: string): readonly [Language, ...Language[]] {
  const words = [...chunksOf(query)].flatMap(({ parts }) =>
    parts.map(({ word }) => word).filter(({ length }) => length > 1),
  )
  const [first, second] = languages
    .map((language) => ({ language, functionWords: words.filter((word) => isFunctionWord(language, word)).length }))
    .toSorted((a, b) => b.functionWords - a.functionWords)
  const likeliest = first?.language ?? 'en'
  if (first && second && first.functionWords > Math.max(1, second.functionWords)) return [likeliest]
  if (words.length > manyWords) return [detectLanguage(query)]
  return [likeliest, ...languages.filter((language) => language !== likeliest)]
}

/** A row has the phrase in the stems of its own language, without its function words. */
function formsOf(phrase: string): string[][] {
  const forms = languages.map((language) => [...termsOf(phrase, language).inOrder]).filter((form) => form.length > 0)
  return [...new Map(forms.map((form) => [form.join(' '), form])).values()]
}
