import type { UrlRule } from './permitted-urls.ts'

/** Stands where an address was taken out. Its brackets mean nothing to Markdown or HTML. */
export const removedLink = '‹link removed›'

/**
 * A run of letters, digits and `+.-` in which an address begins: browsers and renderers differ in what they take for a boundary, so one in the middle of a
 * word counts, and the whole run belongs to it.
 */
const beginning = /(?<![a-z0-9+.-])[a-z0-9+.-]*(?:[a-z0-9+.-]:\/\/|www\.|(?:mailto|xmpp):(?=[^\s<>"`[\]{}|\\^]))/i
/** The end of the text at hand could still become the beginning of an address. */
const undecided = /(?<![a-z0-9+.-])[a-z0-9+.-]+(?::\/?)?$/i
const outside = /[\s<>"`[\]{}|\\^]/
const maxUrlLength = 8192

/**
 * Takes addresses out of plain text, unless the rule lets them stay. It may be used again after `end`, which is told the first character of what
 * will stand directly behind the text.
 */
export function createBareUrlFilter(permitted: UrlRule) {
  let held = ''
  let skipping = false

  const takeUpTo = (length: number) => {
    const taken = held.slice(0, length)
    held = held.slice(length)
    return taken
  }

  const skip = () => {
    const end = held.search(outside)
    takeUpTo(end === -1 ? held.length : end)
    skipping = end === -1
  }

  const run = (atEnd: boolean, next?: string): string => {
    let out = ''
    if (skipping) skip()
    for (;;) {
      const start = beginning.exec(held)?.index
      if (start === undefined) {
        return out + takeUpTo(atEnd ? held.length : (undecided.exec(held)?.index ?? held.length))
      }
      out += takeUpTo(start)
      const length = held.search(outside)
      if (length !== -1 || atEnd) {
        const word = takeUpTo(length === -1 ? held.length : length)
        out += judge(word, held[0] ?? next, permitted)
      } else if (held.length > maxUrlLength) {
        out += removedLink
        skip()
      } else {
        return out
      }
    }
  }

  return {
    push(text: string): string {
      held += text
      return run(false)
    },
    end(next?: string): string {
      const rest = run(true, next)
      skipping = false
      return rest
    },
  }
}

/** The address without the punctuation after it, which may belong to the sentence. */
function judge(word: string, next: string | undefined, permitted: UrlRule): string {
  if (word.length > maxUrlLength) return removedLink
  for (let length = word.length; length > 0; length--) {
    const url = word.slice(0, length)
    if (permitted(url)) return setApart(url, word.slice(length), next)
    if (!/[.,;:!?()'*_~]/.test(word[length - 1] ?? '')) break
  }
  return removedLink + (/[.,;:!?)'*_~]*$/.exec(word)?.[0] ?? '')
}

/** Renderers leave this punctuation out of an address; anything else that followed directly would be drawn as a part of it. */
function setApart(url: string, rest: string, next: string | undefined): string {
  const between = /^[.,:!?*_~)]*$/.test(rest) ? '' : ' '
  const after = next === undefined || /\s/.test(next) ? '' : ' '
  return url + between + rest + after
}
