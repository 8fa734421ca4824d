import { eld } from 'eld/extrasmall'
import { isFunctionWord, type Language, languages } from './languages.ts'
import { chunksOf } from './tokens.ts'

/** As much of a text as tells its language. */
const sampleCharacters = 600
/** Fewer words tell nothing sure. */
const leastWords = 5
/** A third and more of the words of English prose are function words; texts of its neighbours have a few of them. */
const englishShare = 0.25

/**
 * The language of a text, by that text alone; English where it cannot be told. English prose is told by its function words, since that costs
 * nothing; a detector is asked about the rest, without the names of things and addresses, which belong to no language.
 */
export function detectLanguage(text: string): Language {
  const words = Array.from(chunksOf(text.slice(0, sampleCharacters)))
    .filter(({ whole }) => whole.length === 0)
    .flatMap(({ parts }) => parts.map(({ word }) => word))
  if (words.length < leastWords) return 'en'
  const english = words.filter((word) => isFunctionWord('en', word)).length
  if (english >= words.length * englishShare) return 'en'
  const detected = eld.detect(words.join(' '))
  return languages.find((language) => detected.isReliable() && language === detected.language) ?? 'en'
}
