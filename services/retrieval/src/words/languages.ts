import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as french } from '@orama/stemmers/french'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as spanish } from '@orama/stemmers/spanish'
import { stopwords as englishWords } from '@orama/stopwords/english'
import { stopwords as frenchWords } from '@orama/stopwords/french'
import { stopwords as germanWords } from '@orama/stopwords/german'
import { stopwords as spanishWords } from '@orama/stopwords/spanish'

/** The languages whose words are known in their forms. A text in any other one is taken for English: its words match as they are written. */
export const languages = ['en', 'de', 'fr', 'es'] as const
export type Language = (typeof languages)[number]

const known: Readonly<Record<Language, { stem: (word: string) => string; functionWords: ReadonlySet<string> }>> = {
  // Their list lacks the first one.
  en: { stem: english, functionWords: setOf(['a', ...englishWords]) },
  de: { stem: german, functionWords: setOf(germanWords) },
  fr: { stem: french, functionWords: setOf(frenchWords) },
  es: { stem: spanish, functionWords: setOf(spanishWords) },
}

/** As words come out of a text: `don't` is `don`, `t` and `dont`, and accents are often left out. */
function setOf(words: readonly string[]): ReadonlySet<string> {
  const forms = words.flatMap((word) => [word, ...word.split(/['’]/), word.replace(/['’]/, '')])
  return new Set([...forms, ...forms.map(withoutAccents)].filter((word) => word.trim() !== ''))
}

/** Whether a word holds sentences together and says nothing of what they are about. */
export const isFunctionWord = (language: Language, word: string) => known[language].functionWords.has(word)

/** Most texts are made of few words; one that is not must not fill the memory with them. */
const maxRemembered = 50_000
const remembered = new Map(languages.map((language) => [language, new Map<string, string>()]))

/** What the forms of a word have in common. Accents are taken off first: who leaves them out finds the same. */
export function stemOf(language: Language, word: string): string {
  const stems = remembered.get(language) ?? new Map<string, string>()
  const found = stems.get(word)
  if (found !== undefined) return found
  const stem = /\p{N}/u.test(word) ? word : known[language].stem(withoutAccents(word))
  if (stems.size >= maxRemembered) stems.clear()
  // Copied: a word that was cut out of a text would keep all of that text.
  stems.set(Buffer.from(word).toString(), stem)
  return stem
}

function withoutAccents(word: string): string {
  if (/^[a-z0-9]*$/.test(word)) return word
  return word
    .normalize('NFD')
    .replace(/(?<=\p{Script=Latin}\p{M}*)\p{M}/gu, '')
    .normalize('NFC')
    .replaceAll('ß', 'ss')
}
