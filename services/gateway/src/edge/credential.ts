import type { IncomingHttpHeaders } from 'node:http'

export type Credential =
  | { readonly kind: 'key'; readonly secret: string }
  | { readonly kind: 'token'; readonly token: string }

const keyPrefix = 'tsk_'
/** Longer ones are no credentials of ours, and not worth hashing. */
const maxLength = 8192

/**
 * The credential of a request, a token or a key: `Authorization: Bearer …`, or `x-api-key: …`, where clients of Anthropic put whatever they were given. Two that differ
 * are none; some clients send the same one as both.
 */
export function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  const { authorization, 'x-api-key': apiKey } = headers
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  const secret = apiKey ?? bearer
  if (typeof secret !== 'string' || secret.length > maxLength) return undefined
  if (apiKey !== undefined && authorization !== undefined && bearer !== apiKey) return undefined
  return secret.startsWith(keyPrefix) ? { kind: 'key', secret } : { kind: 'token', token: secret }
}
