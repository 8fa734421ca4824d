type Stretch = readonly [start: number, end: number]

/** A text that is looked through for many quotes: its white space is collapsed once. */
export type Text = { readonly raw: string; readonly plain: () => string; readonly at: (index: number) => number }

export function textOf(raw: string): Text {
  let plain: string | undefined
  let starts: number[] | undefined
  return {
    raw,
    /** With single spaces. */
    plain: () => (plain ??= collapse(raw)),
    /** Where a character of it stands in the text itself. */
    at: (index) => (starts ??= startsIn(raw))[index] ?? raw.length,
  }
}

/** Every occurrence of a quote in a text, overlapping ones as well. Runs of white space count as one space, in both. */
export function findQuote(quote: string, text: Text): Stretch[] {
  const sought = collapse(quote.trim())
  // Most texts hold none, and this is far faster.
  if (sought === '' || !text.plain().includes(sought)) return []
  return occurrences(sought, text.plain()).map((start) => [
    text.at(start),
    // The last character of a quote is no space, so it stands for one of the text.
    text.at(start + sought.length - 1) + 1,
  ])
}

const collapse = (text: string) => text.replace(/\s+/g, ' ')

function startsIn(text: string): number[] {
  const starts: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (at === 0 || !isSpace(text.charCodeAt(at)) || !isSpace(text.charCodeAt(at - 1))) starts.push(at)
  }
  return starts
}

const isSpace = (code: number) =>
  code === 32 || (code >= 9 && code <= 13) || (code > 127 && /\s/.test(String.fromCharCode(code)))

/** Whether a path, file name or address holds a quote, whatever separates its words there: `jane-doe.md` holds "Jane Doe". */
export function pathHolds(quote: string, path: string): boolean {
  const sought = wordsOf(quote)
  return sought !== '' && wordsOf(decoded(path)).includes(sought)
}

/** A path or address as words, for patterns that were written for texts. */
export const pathAsText = (path: string) => decoded(path).replace(/[-_./+?=&#\\]+/g, ' ')

/** A path or address as it was before it was written for a machine. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const wordsOf = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Knuth, Morris and Pratt: linear also where quote and text repeat themselves. */
function occurrences(sought: string, text: string): number[] {
  const fallback = [0]
  for (let at = 1, matched = 0; at < sought.length; at++) {
    while (matched > 0 && sought[at] !== sought[matched]) matched = fallback[matched - 1] ?? 0
    if (sought[at] === sought[matched]) matched++
    fallback.push(matched)
  }
  const found: number[] = []
  for (let at = 0, matched = 0; at < text.length; at++) {
    while (matched > 0 && text[at] !== sought[matched]) matched = fallback[matched - 1] ?? 0
    if (text[at] === sought[matched]) matched++
    if (matched < sought.length) continue
    found.push(at - sought.length + 1)
    matched = fallback[matched - 1] ?? 0
  }
  return found
}
