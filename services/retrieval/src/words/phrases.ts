import { chunksOf } from './tokens.ts'

/** `"exact words"`, in the quotation marks of any of our languages. One that does not close is none, and neither is a sign for inches. */
const quoted = /(?<![\p{L}\p{N}])"(?=\S)([^"]+)"|“([^”"]+)”|„([^“”"]+)[“”]|«([^»]+)»/gu

/** The exact phrases that a query asks for. */
export const phrasesOf = (query: string): string[] =>
  [...query.matchAll(quoted)].flatMap(([, ...inside]) => inside.filter((text) => /[\p{L}\p{N}]/u.test(text ?? '')))

/** Whether a text has the words of a phrase one behind the other, as they are written but for case and marks between them. */
export function hasPhrase(text: string, phrase: string): boolean {
  const words = wordsOf(phrase)
  return words.length > 0 && ` ${wordsOf(text).join(' ')} `.includes(` ${words.join(' ')} `)
}

const wordsOf = (text: string) => [...chunksOf(text)].flatMap(({ parts }) => parts.map(({ word }) => word))
