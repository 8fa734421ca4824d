/** Each word costs a clause per field, and a cluster may allow as few as 1,024 of them. */
const maxWords = 300
const maxWordCharacters = 100

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
// Written without spaces; the index takes each such character as a word of its own.
const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** The distinct words of a query, in their order, as many as an index can rank by. Empty when it has none. */
export function queryWords(query: string): string {
  const words = new Map<string, string>()
  let cost = 0
  for (const { segment, isWordLike } of segmenter.segment(query)) {
    const key = segment.toLowerCase()
    if (!isWordLike || segment.length > maxWordCharacters || words.has(key)) continue
    cost += ideographs.test(segment) ? segment.length : 1
    if (cost > maxWords) break
    words.set(key, segment)
  }
  return [...words.values()].join(' ')
}
