/** One policy as it stands in the text. Offsets count UTF-16 units, as editors do. */
export type Statement = {
  readonly text: string
  readonly start: number
  /** The deepest nesting of brackets. */
  readonly nesting: number
  /** The string literals between quotes, as written, with their offsets in the whole text. */
  readonly strings: readonly { readonly raw: string; readonly start: number }[]
}

/** What may stand between tokens, a string (one that is never closed takes all the rest), a bracket, the end of a policy, or anything else. */
const TOKEN = /\s+|\/\/[^\n\r]*|"(?:[^"\\]|\\[^])*"?|[([{]|[)\]}]|;|[^]/gu
const BLANK = /^(?:\s|\/\/)/u

/**
 * Cuts a text at the semicolons outside strings and comments, where alone Cedar puts them. Each piece still has to be parsed: a piece that is not exactly
 * one policy fails there.
 */
export function splitStatements(text: string): Statement[] {
  const statements: Statement[] = []
  let start: number | undefined
  let [depth, nesting] = [0, 0]
  let strings: { raw: string; start: number }[] = []
  const cut = (end: number) => {
    if (start === undefined) return
    statements.push({ text: text.slice(start, end), start, nesting, strings })
    start = undefined
    ;[depth, nesting, strings] = [0, 0, []]
  }
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (BLANK.test(token)) continue
    start ??= index
    if ('([{'.includes(token)) nesting = Math.max(nesting, ++depth)
    else if (')]}'.includes(token)) depth--
    else if (token.startsWith('"') && token.length > 1) strings.push({ raw: token.slice(1, -1), start: index })
    else if (token === ';') cut(index + 1)
  }
  cut(text.length)
  return statements
}

/** Line and column, both from 1; a column counts UTF-16 units. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/** Cedar tells places in bytes of UTF-8. */
export const offsetOfByte = (text: string, byte: number): number =>
  Buffer.from(text, 'utf8').subarray(0, byte).toString('utf8').length
