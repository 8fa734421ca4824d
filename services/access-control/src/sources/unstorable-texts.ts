import type { FieldError } from '@tessera/shared/fault/fault'

/** Texts in this value, at any depth, that PostgreSQL can't hold: with a NUL character, or half a surrogate pair. Each by its JSON pointer. */
export function unstorableTexts(value: unknown, at = ''): FieldError[] {
  if (typeof value === 'string') {
    const storable = !value.includes('\u0000') && value.isWellFormed()
    return storable ? [] : [{ field: at, rule: 'must be well-formed Unicode without NUL characters' }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => unstorableTexts(part, `${at}/${name}`))
}
