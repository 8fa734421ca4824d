import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type CryptoKey, type JWK, SignJWT } from 'jose'
import type { Scope } from './scope.ts'

export const audience = 'tessera'

/** A real identity provider's key endpoint: serves its public keys, and signs tokens with the newest one. */
export async function startIdentityServer(t: Scope, { alg = 'ES256' }: { alg?: string } = {}) {
  const published: JWK[] = []
  let current: { kid: string; privateKey: CryptoKey } | undefined
  let fetches = 0
  let made = 0
  const server = createServer((_request, response) => {
    fetches++
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function rotate() {
    const { publicKey, privateKey } = await generateKeyPair(alg)
    const kid = `key-${++made}`
    published.unshift({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
    current = { kid, privateKey }
  }
  await rotate()

  return {
    issuer,
    jwksUrl: `${issuer}/keys`,
    jwks: () => ({ keys: published }),
    fetches: () => fetches,
    /** Signs with a new key from now on. */
    rotate,
    /** Takes all keys but the newest out. */
    forgetOld: () => void published.splice(1),
    async token(subject: string, claims: Record<string, unknown> = {}, header: Record<string, string> = {}) {
      if (!current) throw new Error('No key')
      return new SignJWT({ iss: issuer, aud: audience, name: subject, exp: inSeconds(300), ...claims })
        .setProtectedHeader({ alg, kid: current.kid, ...header })
        .setSubject(subject)
        .setIssuedAt()
        .sign(current.privateKey)
    },
  }
}

export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
