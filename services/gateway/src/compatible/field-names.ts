import type { Fault } from '@tessera/shared/fault/fault'

/**
 * What the parts of a request are called in the API that was called: JSON pointers of the contract to those of its body. `whole`: what lies in it is counted otherwise there, so that
 * only the whole can be named.
 */
export type FieldNames = Readonly<Record<string, string | { readonly whole: string }>>

/** A fault that names parts of the contract, in the words of whoever asked. */
export function inWordsOf(names: FieldNames, fault: Fault): Fault {
  const { errors } = fault
  if (!errors) return fault
  const renamed = errors.map(({ field, rule }) => ({ field: nameOf(names, field), rule }))
  const [before] = errors
  const [after] = renamed
  const detail =
    before && after && fault.detail.startsWith(before.field)
      ? `${after.field}${fault.detail.slice(before.field.length)}`
      : fault.detail
  return { ...fault, detail, errors: renamed }
}

/** The longest known beginning of the pointer decides. */
function nameOf(names: FieldNames, field: string): string {
  const known = Object.keys(names).filter((name) => field === name || field.startsWith(`${name}/`))
  const longest = known.toSorted((a, b) => b.length - a.length)[0]
  const name = longest === undefined ? undefined : names[longest]
  if (longest === undefined || name === undefined) return field
  return typeof name === 'string' ? `${name}${field.slice(longest.length)}` : name.whole
}
