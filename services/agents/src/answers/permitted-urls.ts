/** Whether a link to this URL may stay in an answer. */
export type UrlRule = (url: string) => boolean

/** What may follow a URL in a passage for it to have ended there: the end, white space, a delimiter, or punctuation before one of these. */
const ended = /^[.,;:!?'*_~]*(?:$|[\s<>"'`()[\]{}|\\])/
/** A character that would make what follows part of a longer URL. */
const urlCharacter = /[A-Za-z0-9\-._~:/?#@!$&*+,;=%]/

/**
 * Only web and mail addresses that stand verbatim, and whole, in a text that the model was given (ARCHITECTURE.md section 8). A part of a longer address
 * does not count: its length could be chosen to tell something.
 */
export function permittedUrls(texts: readonly string[]): UrlRule {
  return (url) => /^(?:https?:\/\/[^\s/]|mailto:[^\s])/i.test(url) && texts.some((text) => standsWhole(text, url))
}

function standsWhole(text: string, url: string): boolean {
  for (let at = text.indexOf(url); at !== -1; at = text.indexOf(url, at + 1)) {
    const before = text[at - 1]
    if (before !== undefined && urlCharacter.test(before)) continue
    if (ended.test(text.slice(at + url.length, at + url.length + 64))) return true
  }
  return false
}
