/**
 * A part of an answer. `label` is the text of a link or an image that is none any more; `tag` is HTML that can load or link nothing.
 * The text of `link` and `label` may itself hold markup.
 */
export type Piece =
  | { readonly kind: 'text' | 'label' | 'tag'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  | { readonly kind: 'autolink'; readonly url: string }

/** Longer ones are not links to us, and so are disarmed. They bound what is held back. */
const maxLabelLength = 500
const maxTargetLength = 2048
const maxTagLength = 1024
const maxNesting = 12

const more = Symbol('more')
type Found = { readonly piece: Piece; readonly end: number }
/** What begins here; `undefined`: plain text; `more`: it depends on what follows. */
type Look = Found | undefined | typeof more

/**
 * Cuts text into pieces as far as they are certain; `rest` waits for more. Each decision depends on the text alone and not on where it was cut,
 * because whoever would look past the end asks for more instead.
 */
export function scanMarkup(text: string, atEnd: boolean): { pieces: Piece[]; rest: string } {
  const pieces: Piece[] = []
  const opening = /[[!<]/g
  let plainFrom = 0
  const plainUpTo = (end: number) => {
    if (end > plainFrom) pieces.push({ kind: 'text', text: text.slice(plainFrom, end) })
  }
  for (;;) {
    const at = opening.exec(text)?.index
    if (at === undefined) break
    const found = lookAt(text, at, atEnd)
    if (found === more) {
      plainUpTo(at)
      return { pieces, rest: text.slice(at) }
    }
    if (found) {
      plainUpTo(at)
      pieces.push(found.piece)
      plainFrom = found.end
    }
    opening.lastIndex = found?.end ?? at + 1
  }
  plainUpTo(text.length)
  return { pieces, rest: '' }
}

function lookAt(text: string, at: number, atEnd: boolean): Look {
  if (text[at] === '<') return lookAtTag(text, at, atEnd)
  if (text[at] === '[') return lookAtLink(text, at, atEnd)
  if (text[at + 1] === undefined) return atEnd ? undefined : more
  if (text[at + 1] !== '[') return undefined
  const image = lookAtLink(text, at + 1, atEnd)
  return image && image !== more ? { ...image, piece: { kind: 'label', text: textOf(image.piece) } } : image
}

const textOf = (piece: Piece) => (piece.kind === 'autolink' ? piece.url : piece.text)

/** `[text](target)`. A bare `[text]` and `[text][label]` are plain: without a definition they link to nothing. */
function lookAtLink(text: string, at: number, atEnd: boolean): Look {
  const close = closing(text, at, ['[', ']'], maxLabelLength, atEnd)
  if (close === undefined || close === more) return close
  if (text[close + 1] === undefined) return atEnd ? undefined : more
  if (text[close + 1] !== '(') return undefined
  const end = closing(text, close + 1, ['(', ')'], maxTargetLength, atEnd)
  if (end === undefined || end === more) return end
  const label = text.slice(at + 1, close)
  // A citation that the model linked by itself is still a citation.
  if (/^\d{1,3}$/.test(label)) return { piece: { kind: 'text', text: `[${label}]` }, end: end + 1 }
  return { piece: { kind: 'link', text: label, url: targetOf(text.slice(close + 2, end)) }, end: end + 1 }
}

/** Without the title, and without the angle brackets around it. */
function targetOf(inside: string): string {
  const trimmed = inside.trim()
  return /^<([^<>\s]*)>/.exec(trimmed)?.[1] ?? /^[^\s<>]*/.exec(trimmed)?.[0] ?? ''
}

/** Where the bracket that opens at `from` closes, in the same paragraph. */
function closing(
  text: string,
  from: number,
  [opening, closer]: readonly [string, string],
  maxLength: number,
  atEnd: boolean,
): number | undefined | typeof more {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (at - from > maxLength) return undefined
    if (character === '\\') at++
    else if (character === opening) depth++
    else if (character === closer) depth--
    else if (character === '\n' && /^\n[ \t\r]*\n/.test(text.slice(at, at + 64))) return undefined
    if (depth === 0) return at
    if (depth > maxNesting) return undefined
  }
  return atEnd ? undefined : more
}

function lookAtTag(text: string, at: number, atEnd: boolean): Look {
  const next = text[at + 1]
  if (next === undefined) return atEnd ? undefined : more
  if (!/[A-Za-z/!?]/.test(next)) return undefined
  const rest = text.slice(at + 1, at + 1 + maxTagLength)
  const length = rest.search(/[<>]/)
  if (length === -1) return atEnd || rest.length === maxTagLength ? undefined : more
  if (rest[length] === '<') return undefined
  const inside = rest.slice(0, length)
  const end = at + length + 2
  if (/^[a-z][a-z0-9+.-]{1,31}:\S*$/i.test(inside)) return { piece: { kind: 'autolink', url: inside }, end }
  if (/^img[\s/]/i.test(inside)) return { piece: { kind: 'label', text: attribute(inside, 'alt') ?? '' }, end }
  if (/^\/a\s*$/i.test(inside)) return { piece: { kind: 'text', text: '' }, end }
  if (/^a\s/i.test(inside)) return lookAtAnchor(text, inside, end, atEnd)
  return isInert(inside) ? { piece: { kind: 'tag', text: `<${inside}>` }, end } : undefined
}

function lookAtAnchor(text: string, inside: string, from: number, atEnd: boolean): Look {
  const rest = text.slice(from, from + maxLabelLength)
  const end = /<\/a\s*>/i.exec(rest)
  if (!end && !atEnd && rest.length < maxLabelLength) return more
  if (!end) return { piece: { kind: 'text', text: '' }, end: from }
  const url = attribute(inside, 'href') ?? ''
  return { piece: { kind: 'link', text: rest.slice(0, end.index), url }, end: from + end.index + end[0].length }
}

const attribute = (inside: string, name: string) => {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(inside)
  return match?.[1] ?? match?.[2] ?? match?.[3]
}

/** Elements that change what follows them, or take content of their own, even without attributes. */
const active =
  /^\/?(?:script|style|iframe|frame|frameset|object|embed|svg|math|base|link|meta|form|input|button|textarea|select|noscript|template|title|xmp|plaintext|portal|audio|video|noembed|noframes)\b/i

/** Without a value no attribute can name an address. `Array<string>` is such a one, too. */
const isInert = (inside: string) => /^\/?[A-Za-z][\w\s,|&?-]*\/?$/.test(inside) && !active.test(inside)
