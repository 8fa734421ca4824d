import type { Decision } from '../decide/decide.ts'
import { least } from '../decide/facts.ts'
import type { Facts, LoadedReader } from './loaded-facts.ts'

/**
 * Everybody who hears an answer: the caller, and those of the audience who are active now. Who is deactivated opens nothing any more, so that nothing has to be
 * kept from them; and a count of those who are left tells nobody anything.
 */
export function hearers(facts: Pick<Facts, 'readers'>, subject: string): LoadedReader[] {
  const caller = facts.readers.get(subject)
  const others = [...facts.readers.values()].filter(({ name, state }) => name !== subject && state === 'active')
  return [...(caller ? [caller] : []), ...others]
}

/** What all of them may have: allowed only if it is to each, and at the least of their views. Reasons are the caller's own, or those of the first who may not. */
export function together(decisions: readonly Decision[]): Decision {
  const [first] = decisions
  if (!first) return { allowed: false, view: 'none', reasons: [{ code: 'unknown-principal' }] }
  const refused = decisions.find(({ allowed }) => !allowed)
  return refused ?? { ...first, view: least(decisions.map(({ view }) => view)) }
}
