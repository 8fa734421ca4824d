import validator from 'card-validator'
import type { Stretch } from './finding.ts'
import { before, digitsOf, standsAlone } from './nearby.ts'

const plain = '\\d{14,19}'
/** As they stand on cards: groups of four, or 4-6-5 and 4-6-4. */
const grouped = ['\\d{4}S\\d{4}S\\d{4}S\\d{4}(?:S\\d{3})?', '3\\d{3}S\\d{6}S\\d{4,5}']
const shapes = [...[' ', '-', '\\u00a0'].flatMap((one) => grouped.map((shape) => shape.replaceAll('S', one))), plain]
const candidate = new RegExp(shapes.join('|'), 'g')

/** Numbers of other things that carry the same check digit, and the rest of an account number. */
const otherNumber = /(?:imei|iccid|siret|siren|isin|lei|ean|gtin|sscc)\W{0,12}$|\b[A-Z]{2}\d{2}[ -]$/i

/** Card numbers: a known prefix with a length that goes with it, and the check digit of ISO/IEC 7812 (Luhn). */
export function* findCards(text: string): Generator<Stretch | undefined> {
  for (const { 0: shown, index } of text.matchAll(candidate)) yield cardAt(text, [index, index + shown.length])
}

function cardAt(text: string, stretch: Stretch): Stretch | undefined {
  if (!standsAlone(text, stretch) || text[stretch[0] - 1] === '/' || otherNumber.test(before(text, stretch[0], 24)))
    return undefined
  return validator.number(digitsOf(text.slice(...stretch))).isValid ? stretch : undefined
}
