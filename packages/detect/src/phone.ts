import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Stretch } from './finding.ts'
import { after, before, dashes, digitsOf, spaces, standsAlone } from './nearby.ts'
import { aboveIn, sectionsOf } from './sections.ts'
import { tablesOf } from './tables.ts'

const gap = `[${spaces}${dashes}./()]`
/** From seven digits, the fewest that people dial to reach somebody, to seventeen: the most that E.164 allows, and what one may dial before it. */
const candidate = new RegExp(`(?:\\+[${spaces}]?|\\()?\\d(?:${gap}{0,3}\\d){6,16}`, 'g')
const extension = new RegExp(
  `[${spaces},;]{0,2}(?:ext\\.?|extension|durchwahl|poste|x)[${spaces}.:]{0,2}\\d{1,6}(?!\\d)`,
  'iy',
)

/** How a number is announced in English, German, French and Spanish: by what it is, or by what one does with it. */
const names =
  'tel|tel[eé]f[oó]n[eo]?|telefonnummer|t[ée]l[ée]phone|t[ée]l|phones?|mobile?|mobiltelefon|handy|handynummer|cell|cellphone|t?ele?fax|fax|hotline|helpline|whatsapp|sms|rufnummer|durchwahl|portable|m[óo]vil|landline|voicemail|contact number'
const acts = 'call|dial|ring|anrufen|erreichbar|erreichen|appele[rz]|joindre|llam[ae]r?|reach|unter|under'
const announced = new RegExp(
  `(?:(?<!\\p{L})(?:${names})(?!\\p{L})|[☎📞📱]|\\b[TMF]:)[^\\d\\n]{0,30}$|(?<!\\p{L})(?:${acts})(?!\\p{L})[^\\d\\n.]{0,24}$`,
  'iu',
)
const announcedAfter = /^[\s,]{0,3}\(?(?:mobile?|handy|cell|home|office|work|fax|tel|phone|portable|móvil|privat)\b/iu
const header = new RegExp(`(?<!\\p{L})(?:${names})(?!\\p{L})`, 'iu')

/** How numbers are written in one country, so that nobody has to say what they are. */
const telling: readonly (readonly [CountryCode, RegExp])[] = [
  ['US', /^(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-. ]\d{4}$/],
  ['FR', /^0[1-9](?:[ .-]\d\d){4}$/],
  ['GB', /^\(?0\d{2,4}\)? \d{3,4} \d{3,4}$/],
  ['DE', /^(?:\(0\d{2,4}\) ?|0\d{2,4}\/ ?|01[5-7]\d[ /-])[\d -]{5,12}$/],
]
/** `15.03.2024`, `2024-10-11`. */
const date = /^\d{1,4}([./-])\d{1,2}\1\d{1,4}$/

/** Phone numbers: international ones by their form, others where they are written as in one country only, or announced as what they are. */
export function* findPhones(text: string, above = ''): Generator<Stretch | undefined> {
  const tables = tablesOf(text)
  const aboveAt = aboveIn(sectionsOf(text, above))
  for (const { 0: shown, index } of text.matchAll(candidate)) {
    const end = endOfPhone(text, shown, index, () => `${aboveAt(index)}\n${tables.headerAt(index)}`)
    yield end === undefined ? undefined : [index, withExtension(text, end)]
  }
}

function endOfPhone(text: string, shown: string, start: number, headerAbove: () => string): number | undefined {
  const end = start + shown.length
  const isPartOfMore = /^[:/-]\d/.test(text.slice(end, end + 2))
  if (isPartOfMore || !standsAlone(text, [start, end]) || date.test(shown)) return undefined
  if (shown.startsWith('+') || /^00[1-9]/.test(shown)) return endOfInternational(shown, start)
  if (/\w[-/:+]$/.test(text.slice(start - 2, start))) return undefined
  const isPhone =
    telling.some(([country, form]) => form.test(shown) && isValid(shown, country)) ||
    announced.test(before(text, start, 60)) ||
    announcedAfter.test(after(text, end, 16)) ||
    header.test(headerAbove())
  return isPhone ? end : undefined
}

/** What begins with a country's code needs no more than the right length. Other numbers may follow, and are left out group by group. */
function endOfInternational(shown: string, start: number): number | undefined {
  let rest = shown
  while (rest !== '') {
    // The trunk prefix in `+49 (0)30` is not dialled from abroad.
    const number = `+${digitsOf(rest.replace(/^00/, '').replace(/\(0\)/, ''))}`
    if (parsePhoneNumberFromString(number)?.isPossible()) return start + rest.length
    rest = rest.replace(/(?:^|\D+)\d+$/, '')
  }
  return undefined
}

const isValid = (shown: string, country: CountryCode) =>
  parsePhoneNumberFromString(digitsOf(shown), country)?.isValid() ?? false

function withExtension(text: string, end: number): number {
  extension.lastIndex = end
  return extension.test(text) ? extension.lastIndex : end
}
