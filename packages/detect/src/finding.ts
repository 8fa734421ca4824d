/** What can be told to be sensitive by its form. A kind is also what stands in place of a finding that is masked: `[iban]`. */
export const kinds = ['email', 'phone', 'iban', 'card', 'national-id', 'ip-address', 'secret', 'salary'] as const
export type Kind = (typeof kinds)[number]

/** A stretch of a text that looks sensitive, in UTF-16 units, `end` not included. */
export type Finding = { readonly kind: Kind; readonly start: number; readonly end: number }

export type Stretch = readonly [start: number, end: number]

/**
 * Finds one kind. `above` are the headings that the text stands under: a word in them counts for all of it. Yields nothing (`undefined`) for what it looked at and did
 * not take, so that who reads it can pause there.
 */
export type Detector = (text: string, above: string) => Generator<Stretch | undefined>
