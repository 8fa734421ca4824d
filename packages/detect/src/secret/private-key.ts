import type { Stretch } from '../finding.ts'

const beginning = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g
const ending = '-----END '
/** Far above the largest key that is in use. */
const maxCharacters = 32_768
const body = new RegExp(`[\\w\\s+/=:,.-]{0,${maxCharacters}}`, 'y')

/** Private keys in textual encoding (RFC 7468), the armour of OpenPGP and OpenSSH alike; one that is cut off counts as far as it goes. */
export function* findPrivateKeys(text: string): Generator<Stretch | undefined> {
  let [keyEnd, nextEnding] = [0, -1]
  for (const { 0: first, index } of text.matchAll(beginning)) {
    if (index < keyEnd) continue
    const from = index + first.length
    if (nextEnding < from) nextEnding = placeOf(text, ending, from)
    keyEnd = nextEnding - from < maxCharacters ? endOfLine(text, nextEnding) : endOfBody(text, from)
    yield [index, keyEnd]
  }
}

/** Where something stands; beyond any text where it does not. */
function placeOf(text: string, sought: string, from: number): number {
  const at = text.indexOf(sought, from)
  return at < 0 ? Number.POSITIVE_INFINITY : at
}

const endOfLine = (text: string, from: number) => Math.min(text.length, placeOf(text, '\n', from))

function endOfBody(text: string, from: number): number {
  body.lastIndex = from
  body.test(text)
  return body.lastIndex
}
