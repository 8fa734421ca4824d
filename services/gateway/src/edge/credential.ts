import type { IncomingHttpHeaders } from 'node:http'

export type Credential =
  | { readonly kind: 'key'; readonly secret: string }
  | { readonly kind: 'token'; readonly token: string }

const keyPrefix = 'tsk_'
/** Longer ones are no credentials of ours, and not worth hashing. */
const maxLength = 8192

/** The credential of a request: `Authorization: Bearer <token or key>`, or `x-api-key: <key>`. Both at once is none. */
export function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  const { authorization, 'x-api-key': apiKey } = headers
  if (apiKey !== undefined) return authorization === undefined && typeof apiKey === 'string' ? keyOf(apiKey) : undefined
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (bearer === undefined || bearer.length > maxLength) return undefined
  return bearer.startsWith(keyPrefix) ? keyOf(bearer) : { kind: 'token', token: bearer }
}

const keyOf = (secret: string): Credential | undefined =>
  secret.startsWith(keyPrefix) && secret.length <= maxLength ? { kind: 'key', secret } : undefined
