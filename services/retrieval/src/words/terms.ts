import { isFunctionWord, type Language, stemOf } from './languages.ts'
import { chunksOf, isAskable, type Token } from './tokens.ts'

/** What the words of a text are found by: their stems. */
export type Terms = {
  readonly inOrder: readonly string[]
  /** Compounds as one word. */
  readonly wholes: readonly string[]
  /** Single characters of scripts without spaces: nothing that is asked by. */
  readonly within: readonly string[]
}

/** The terms of a text in a language. A function word of `spokenIn`, the language that it seems to be written in, is none in any other either. */
export function termsOf(text: string, language: Language, spokenIn = language): Terms {
  const terms = { inOrder: [] as string[], wholes: [] as string[], within: [] as string[] }
  const spoken = language === spokenIn ? [language] : [language, spokenIn]
  const add = (to: string[], tokens: readonly Token[]) => {
    for (const token of tokens) {
      if (!isAskable(token) || spoken.some((one) => isFunctionWord(one, token.word))) continue
      to.push(stemOf(language, token.word))
    }
  }
  for (const { parts, whole, within } of chunksOf(text)) {
    add(terms.inOrder, parts)
    add(terms.wholes, whole)
    add(terms.within, within)
  }
  return terms
}
