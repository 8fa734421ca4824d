// The control characters that are no part of a text: all but tab, line feed, form feed and carriage return.
// oxlint-disable-next-line no-control-regex
const controls = /[\u0001-\u0008\u000b\u000e-\u001f\u007f]/g
/** One replacement character in fifty: the bytes were not of the encoding that they were read in. */
const maxReplacedShare = 0.02
const maxControlShare = 0.01

/** Why this cannot be text, or `undefined` if it can. Files of another kind arrive here when somebody states the wrong media type. */
export function whyUnreadable(text: string): string | undefined {
  if (text.includes('\0')) return 'It holds NUL bytes, so it is not text.'
  if (!text.isWellFormed()) return 'It holds half of a surrogate pair, so it is not valid Unicode.'
  if (countOf(text, controls) > text.length * maxControlShare) {
    return 'Too many of its characters are control characters, so it is not text.'
  }
  if (countOf(text, /\ufffd/g) > text.length * maxReplacedShare) {
    return 'Too many of its characters could not be decoded: it is not in the encoding that it was read in.'
  }
  return undefined
}

const countOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0

/** The one spelling that everything later relies on: no byte order mark, `\n` line ends, composed characters (NFC), no stray controls. */
export const canonicalText = (text: string) =>
  text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .replace(controls, '')
    .normalize('NFC')
