import { header } from './wire.ts'
import type { Message } from './transport.ts'

/**
 * What is sent of a stream, beside the fault that it may end in: a letter, the number of the message, and for some of them events as a JSON array (`e12[{…},{…}]`). No headers: they would
 * cost more than most events. A fault has those of a fault, and its number in one.
 */
export type PartKind = 'events' | 'heartbeat' | 'end'

const letters = { events: 'e', heartbeat: 'h', end: 'z' } as const
const kinds = new Map<number | undefined, PartKind>(
  Object.entries(letters).map(([kind, letter]) => [letter.codePointAt(0), kind as PartKind]),
)

export const partText = (kind: PartKind, number: number, events: readonly string[] = []) =>
  `${letters[kind]}${number}${events.length > 0 ? `[${events.join(',')}]` : ''}`

/** `events`: the bytes of the JSON array; none where there are no events. */
export type Part = { readonly kind: PartKind; readonly number: number; readonly events: Uint8Array }

/** The part that a message is; undefined where it is a fault, or nothing that a stream is made of. */
export function partOf({ headers, data }: Message): Part | undefined {
  const kind = kinds.get(data[0])
  if (!kind || headers[header.error] !== undefined) return undefined
  let number = 0
  let at = 1
  for (let digit = digitOf(data[at]); digit !== undefined; digit = digitOf(data[++at])) number = number * 10 + digit
  return { kind, number, events: data.subarray(at) }
}

const digitOf = (byte = 0) => (byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : undefined)
