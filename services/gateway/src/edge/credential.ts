import type { IncomingHttpHeaders } from 'node:http'

export type Credential =
  | { readonly kind: 'key'; readonly secret: string }
  | { readonly kind: 'token'; readonly token: string }

const keyPrefix = 'tsk_'
/** Longer ones are no credentials of ours, and not worth hashing. */
const maxLength = 8192

/**
 * The credential of a request: `Authorization: Bearer <token or key>`, or `x-api-key: <key>`. Two that differ are none; some SDKs send the same one as both.
 */
export function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  const { authorization, 'x-api-key': apiKey } = headers
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (apiKey !== undefined) {
    const isOnly = authorization === undefined || bearer === apiKey
    return isOnly && typeof apiKey === 'string' ? keyOf(apiKey) : undefined
  }
  if (bearer === undefined || bearer.length > maxLength) return undefined
  return bearer.startsWith(keyPrefix) ? keyOf(bearer) : { kind: 'token', token: bearer }
}

const keyOf = (secret: string): Credential | undefined =>
  secret.startsWith(keyPrefix) && secret.length <= maxLength ? { kind: 'key', secret } : undefined
