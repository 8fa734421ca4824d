import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { listen } from './listen.ts'
import type { TestScope } from './test-scope.ts'

/** A real OpenID-style identity provider as far as a resource server sees one: signed tokens, and the keys at a URL. */
export type IdentityProvider = {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  /** A token of the current key, good for ten minutes unless `expiresIn` says otherwise (`-1m` has expired). */
  tokenFor(
    subject: string,
    options?: { audience?: string; issuer?: string; expiresIn?: string; name?: string },
  ): Promise<string>
  /** Signs with a new key from now on. The old one stays published unless `retire`. */
  rotate(options?: { retire?: boolean }): Promise<void>
}

export async function identityProvider(t: TestScope): Promise<IdentityProvider> {
  const published: JWK[] = []
  let current = await newKey(published)
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published }))
  })
  const url = await listen(t, server)
  const issuer = `${url}/`
  const audience = 'tessera-tests'
  return {
    issuer,
    audience,
    jwksUrl: `${url}/jwks`,
    tokenFor: (subject, options = {}) =>
      new SignJWT({ name: options.name ?? subject })
        .setProtectedHeader({ alg: 'ES256', kid: current.kid, typ: 'JWT' })
        .setIssuer(options.issuer ?? issuer)
        .setAudience(options.audience ?? audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(options.expiresIn ?? '10m')
        .sign(current.privateKey),
    async rotate({ retire = false } = {}) {
      if (retire) published.length = 0
      current = await newKey(published)
    },
  }
}

let made = 0

async function newKey(published: JWK[]) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const kid = `key-${++made}`
  published.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' })
  return { privateKey, kid }
}
