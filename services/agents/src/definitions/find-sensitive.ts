import { detect } from '@tessera/detect/detect'
import type { Kind } from '@tessera/detect/finding'

const names: Record<Kind, string> = {
  email: 'an e-mail address',
  phone: 'a phone number',
  iban: 'an account number (IBAN)',
  card: 'a card number',
  'national-id': 'a number that a state gives to a person',
  'ip-address': 'an IP address',
  secret: 'a key, token or password',
  salary: 'an amount of somebody’s pay',
}
const maxLines = 5

/**
 * To run an agent is not to read it, but instructions count as disclosed to all who may run it (ACCESS.md section 3). Warns of what looks sensitive in them, by kind and line, not by its text:
 * warnings travel further than instructions.
 */
export function findSensitive(instructions: string): string[] {
  const byKind = Map.groupBy(detect(instructions), ({ kind }) => kind)
  return [...byKind].map(([kind, found]) => {
    const lines = [...new Set(found.map(({ start }) => instructions.slice(0, start).split('\n').length))]
    const told = lines.slice(0, maxLines).join(', ') + (lines.length > maxLines ? ' and more' : '')
    return `The instructions hold what looks like ${names[kind]} (line ${told}). Whoever may run this agent may be told of it, and so may the model.`
  })
}
