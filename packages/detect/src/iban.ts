import { countrySpecs, validateIBAN, ValidationErrorsIBAN } from 'ibantools'
import type { Stretch } from './finding.ts'
import { dashes, spaces, standsAlone } from './nearby.ts'

const beginning = /[A-Z]{2}\d{2}/gi
/** Groups are set apart by one separator, as ISO 13616 prints them, or people do. */
const separator = new RegExp(`[${spaces}${dashes}.]`)

/** Account numbers (ISO 13616) with the length and the form of their country and valid check digits. */
export function* findIbans(text: string): Generator<Stretch | undefined> {
  for (const { 0: head, index } of text.matchAll(beginning)) {
    const length = countrySpecs[head.slice(0, 2).toUpperCase()]?.chars
    yield length ? ibanAt(text, index, length) : undefined
  }
}

function ibanAt(text: string, start: number, length: number): Stretch | undefined {
  let compact = ''
  let end = start
  while (compact.length < length) {
    const next = text[end] ?? ''
    if (/[A-Z0-9]/i.test(next)) compact += next.toUpperCase()
    else if (!separator.test(next) || separator.test(text[end - 1] ?? '')) return undefined
    end++
  }
  return standsAlone(text, [start, end]) && isIban(compact) ? [start, end] : undefined
}

/** Check digits that a bank has within its own numbers, beside those of the standard, need not be right: it is an account number all the same. */
const isIban = (compact: string) =>
  validateIBAN(compact).errorCodes.every((code) => code === ValidationErrorsIBAN.WrongAccountBankBranchChecksum)
