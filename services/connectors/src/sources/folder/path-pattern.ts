import picomatch from 'picomatch'

/** A compiled path pattern of an access file. */
export type PathPattern = {
  text: string
  matches(path: string): boolean
  /** How many folders stand before the first folder with a wildcard: how near the rule is to what it matches. */
  literalDepth: number
}

const wildcard = /[*?[\]{}]/

/**
 * Compiles a pattern, or says what is wrong with it. Stricter than picomatch on purpose: a character that picomatch reads in another way
 * than its author meant would make a rule match nothing, and a wider rule would decide in its place.
 */
export function compilePattern(text: string): PathPattern | { problem: string } {
  const problem = problemOf(text)
  if (problem) return { problem }
  try {
    const matches = picomatch(text, { strictBrackets: true, noextglob: true, nonegate: true, regex: false, dot: true })
    return { text, matches: (path) => matches(path), literalDepth: literalDepth(text) }
  } catch (error) {
    // What picomatch adds is how to escape, which is refused here.
    return { problem: String(error instanceof Error ? error.message : error).split(' - ')[0] ?? '' }
  }
}

function problemOf(text: string): string | undefined {
  if (text === '') return 'a pattern may not be empty'
  if (text.length > 1000) return 'a pattern may have at most 1,000 characters'
  if (text.startsWith('/')) return 'a pattern is relative to the root: it may not begin with "/"'
  if (text.endsWith('/')) return 'a pattern ends in a name, "*" or "**": write "folder/**" for all of a folder'
  if (text.startsWith('!')) return 'a pattern may not be negated; write a rule with deny'
  const segments = text.split('/')
  if (segments.includes('')) return 'a pattern may not contain "//"'
  if (segments.includes('.') || segments.includes('..')) return 'a pattern may not contain "." or ".." as a folder'
  const special = /[\\()|"\p{Cc}]/u.exec(text)?.[0]
  if (special) return `a pattern may not contain ${JSON.stringify(special)}; write "?" in its place`
  if (/\[[!]/.test(text)) return 'a class of characters is negated by "[^…]", not by "[!…]"'
  return unbalancedBrace(text)
}

/** picomatch takes a closing brace without an opening one literally, which is hardly what was meant. */
function unbalancedBrace(text: string): string | undefined {
  let open = 0
  for (const character of text) {
    if (character === '{') open += 1
    if (character === '}') open -= 1
    if (open < 0) return 'a "}" has no "{"'
  }
  return open > 0 ? 'a "{" has no "}"' : undefined
}

function literalDepth(text: string): number {
  const folders = text.split('/').slice(0, -1)
  const wild = folders.findIndex((folder) => wildcard.test(folder))
  return wild === -1 ? folders.length : wild
}
