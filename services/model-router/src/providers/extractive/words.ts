const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** Words that say nothing about what a text is about. */
const commonWords = new Set(
  (
    'a about after all also am an and any are as at be because been before being between but by can could did ' +
    'differ difference do does doing done exactly exist for from get give go had has have he her here him his ' +
    'how i if in into is it its just least let like long many may me might more most much must my no not of ' +
    'off on one only or other our out over own please quickly s same say she should so some such t tell than ' +
    'that the their them then there these they this those through to too under until up us use used very was ' +
    'we went were what when where which while who whom whose why will with work works would you your'
  ).split(' '),
)

/** The words of a text in order, folded so that forms of one word meet: no case, no accents, no common English endings. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const { segment, isWordLike } of segmenter.segment(fold(text))) if (isWordLike) words.push(segment)
  return words
}

/** The distinct stems of a text's telling words. A text of common words only keeps those. */
export function stemsOf(text: string): Set<string> {
  const words = wordsOf(text)
  const telling = words.filter((word) => !commonWords.has(word))
  return new Set((telling.length > 0 ? telling : words).map(stem))
}

const fold = (text: string) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase()

/** Coarse on purpose: it only has to make `approves`, `approved` and `approval` meet, not to be a dictionary. */
function stem(word: string): string {
  const bare = word.replace(/'s?$/, '')
  if (bare.length < 5 || !/^[a-z]+$/.test(bare)) return bare.length > 3 ? bare.replace(/(?<!s)s$/, '') : bare
  const singular = bare
    .replace(/ies$/, 'y')
    .replace(/(sses|xes|ches|shes)$/, (end) => end.slice(0, -2))
    .replace(/(?<![su])s$/, '')
  const root = singular.replace(/(ational|ations?|ements?|ments?|ingly|edly|ings?|ed|als?|ly|ers?|ors?)$/, '')
  return (root.length >= 4 ? root : singular).replace(/(.)\1$/, '$1').replace(/[ey]$/, '')
}
