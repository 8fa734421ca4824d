import { findCards } from './card.ts'
import { findEmails } from './email.ts'
import { type Detector, type Finding, type Kind, kinds } from './finding.ts'
import { findIbans } from './iban.ts'
import { findIpAddresses } from './ip-address.ts'
import { findNationalIds } from './national-id/national-id.ts'
import { findPhones } from './phone.ts'
import { findSalaries } from './salary/salary.ts'
import { findSecrets } from './secret/secret.ts'

const detectors: Record<Kind, Detector> = {
  email: findEmails,
  phone: findPhones,
  iban: findIbans,
  card: findCards,
  'national-id': findNationalIds,
  'ip-address': findIpAddresses,
  secret: findSecrets,
  salary: findSalaries,
}

export type DetectOptions = {
  /** Which kinds to look for; absent: all of them. What is found of one kind does not depend on the others. */
  readonly kinds?: readonly Kind[]
  /** Title and headings that the text stands under. Nothing is looked for in them, but `Salaries` above a table says what its amounts are. */
  readonly above?: string
}

/**
 * What looks sensitive in a text, by where it begins, and nothing within another finding of its kind. Pure and deterministic, and linear in the length of the text, whatever it holds. It tells by form and by words nearby:
 * what is written in another form is not found, and what only looks alike may be.
 */
export function detect(text: string, options?: DetectOptions): Finding[] {
  const reached = new Map<Kind, number>()
  return [...detecting(text, options)]
    .filter((finding) => finding !== undefined)
    .toSorted((a, b) => a.start - b.start || b.end - a.end || kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
    .filter(({ kind, end }) => {
      const isWithinAnother = end <= (reached.get(kind) ?? -1)
      if (!isWithinAnother) reached.set(kind, end)
      return !isWithinAnother
    })
}

/**
 * The same one by one, for who must not keep others waiting: kind by kind, some twice or within others, and `undefined` for what was looked at in vain.
 */
export function* detecting(
  text: string,
  { kinds: wanted = kinds, above = '' }: DetectOptions = {},
): Generator<Finding | undefined> {
  for (const kind of kinds) {
    if (!wanted.includes(kind)) continue
    for (const stretch of detectors[kind](text, above)) yield stretch && { kind, start: stretch[0], end: stretch[1] }
  }
}
