import { Type } from 'typebox'
import { v7 as uuidv7 } from 'uuid'

/** Every prefix that an id of ours may have, and what it names. */
export const prefixes = {
  wsp: 'workspace',
  usr: 'user',
  svc: 'service account',
  grp: 'group of the workspace itself',
  spc: 'space',
  agt: 'agent',
  ver: 'content version of a document',
  agv: 'agent version',
  cnv: 'conversation',
  msg: 'message',
  run: 'run',
  cnn: 'connection',
  src: 'data source',
  doc: 'document',
  psg: 'passage',
  syn: 'sync',
  key: 'API key',
  dec: 'decision',
  evt: 'event on the bus',
  idp: 'identity provider',
  pol: 'policy set',
  prp: 'proposal',
  bgl: 'break-glass grant',
  rul: 'redaction rule',
  usg: 'entry of the usage ledger',
  bud: 'budget',
  rpl: 'replica of a service',
  cmp: 'comparison of models',
  upl: 'file that is being pushed',
} as const

export type IdPrefix = keyof typeof prefixes
export type Id<P extends IdPrefix = IdPrefix> = `${P}_${string}`

/**
 * A new id such as `doc_01hzy…`: the prefix, then a UUIDv7 (RFC 9562) in lower-case Crockford base 32,
 * so that ids sort by the millisecond they were made in.
 */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return `${prefix}_${base32(uuidv7({}, new Uint8Array(16)))}`
}

/** The schema of an id with this prefix. Passage ids carry a keyed hash in the same alphabet, so the length may differ. */
export const IdOf = <P extends IdPrefix>(prefix: P) =>
  Type.String({ pattern: `^${prefix}_[0-9a-hjkmnp-tv-z]{10,52}$`, description: `Id of a ${prefixes[prefix]}.` })

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Crockford base 32, lower case, most significant digit first, left-padded to whole digits: it sorts as the bytes do. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let value = 0
  let bits = (5 - ((bytes.length * 8) % 5)) % 5
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >> bits) & 31]
    }
  }
  return text
}
