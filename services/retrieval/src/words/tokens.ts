/** A stretch of a text that is one word, in UTF-16 units. `word` is folded: in lower case, compatible forms made one. */
export type Token = { readonly word: string; readonly start: number; readonly end: number }

/** What stands between white space and other marks: a plain word, or one that is made of several (`max_retry_count`, `node.js`, `e-mail`, `getUserName`). */
export type Chunk = {
  /** The words of it in their order. */
  readonly parts: readonly Token[]
  /** A compound written as one word: `maxretrycount`. */
  readonly whole: readonly Token[]
  /** What it can be found by and is not asked by: each character of a script without spaces. */
  readonly within: readonly Token[]
}

// Linear: what joins is never what a word is made of.
const chunk = /[\p{L}\p{M}\p{N}]+(?:[_.\-/:@'’,&+#\\]{1,3}[\p{L}\p{M}\p{N}]+)*(?:\+\+|#(?![\p{L}\p{N}]))?/gu
const run = /[\p{L}\p{M}\p{N}]+/gu
/** `getUserName`, `HTTPServer`: a word begins at each hump. */
const hump = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
/** `10,000` and `1.2.3` are numbers, not compounds. */
const number = /^\p{N}+(?:[.,]\p{N}+)*$/u
/** Most chunks: one word, folded by its case alone, without a hump. */
const simple = /^(?:[A-Za-z][a-z]*|[A-Z]+)$/
const possessive = /['’]s$/i
/** Scripts that are written without spaces, or that join words: there, each two neighbours count as a word. */
const scripts = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Thai', 'Lao', 'Khmer', 'Myanmar']
const unspacedClass = scripts.map((script) => `\\p{Script=${script}}`).join('')
const unspaced = new RegExp(`[${unspacedClass}]`, 'u')
const spacedOrNot = new RegExp(`[${unspacedClass}\\p{M}]+|(?:(?![${unspacedClass}])[\\p{L}\\p{M}\\p{N}])+`, 'gu')

/** The chunks of a text, in its order. */
export function* chunksOf(text: string): Generator<Chunk> {
  for (const { 0: match, index } of text.matchAll(chunk)) {
    if (simple.test(match)) {
      yield plain({ word: match.toLowerCase(), start: index, end: index + match.length })
      continue
    }
    const found = match.replace(possessive, '')
    if (number.test(found)) yield plain({ ...token(found, index), word: found.replaceAll(',', '') })
    else if (unspaced.test(found)) yield ofUnspaced(found, index)
    else yield compound(found, index)
  }
}

const nothing: readonly Token[] = []
const plain = (part: Token): Chunk => ({ parts: [part], whole: nothing, within: nothing })

const token = (text: string, start: number): Token => ({
  word: text.normalize('NFKC').toLowerCase(),
  start,
  end: start + text.length,
})

function compound(text: string, start: number): Chunk {
  const parts = [...text.matchAll(run)].flatMap(({ 0: piece, index }) => {
    let at = start + index
    return piece.split(hump).map((part) => {
      const found = token(part, at)
      at = found.end
      return found
    })
  })
  const whole = token(text, start)
  const word = joined(whole.word)
  return { parts, whole: parts.length === 1 && parts[0]?.word === word ? [] : [{ ...whole, word }], within: [] }
}

/** `c++` and `c#` are names, and neither is `c`. */
const joined = (word: string) =>
  word
    .replace(/\+\+$/, 'plusplus')
    .replace(/#$/, 'sharp')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '')

function ofUnspaced(text: string, start: number): Chunk {
  const chunks = [...text.matchAll(spacedOrNot)].map(({ 0: piece, index }): Chunk => {
    if (!unspaced.test(piece)) return plain(token(piece, start + index))
    const characters = [...piece.matchAll(/\P{M}\p{M}*/gu)].map((one) => token(one[0], start + index + one.index))
    const pairs = characters.slice(1).map((second, at) => {
      const first = characters[at] ?? second
      return { word: first.word + second.word, start: first.start, end: second.end }
    })
    return pairs.length === 0
      ? { parts: characters, whole: [], within: [] }
      : { parts: pairs, whole: [], within: characters }
  })
  return {
    parts: chunks.flatMap(({ parts }) => parts),
    whole: [],
    within: chunks.flatMap(({ within }) => within),
  }
}

/** Longer ones are no words but data; nobody asks for them. */
const maxWordCharacters = 64

export const isAskable = ({ word }: Token) => word.length <= maxWordCharacters
