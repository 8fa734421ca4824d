import { importJWK, type JWK, SignJWT } from 'jose'

/** The issuer of standalone's own people. It is trusted by nobody but this installation. */
export type DevelopmentIssuer = {
  readonly issuer: string
  readonly audience: string
  readonly jwks: { readonly keys: readonly JWK[] }
  /** A token for a person, good for 24 hours. */
  tokenFor(subject: string, displayName: string): Promise<string>
}

const issuer = 'https://development.tessera.invalid'
const audience = 'tessera-standalone'
const keyId = 'installation'

export async function createDevelopmentIssuer(privateJwk: JWK): Promise<DevelopmentIssuer> {
  const key = await importJWK(privateJwk, 'EdDSA')
  const { d: _private, ...publicJwk } = privateJwk
  return {
    issuer,
    audience,
    jwks: { keys: [{ ...publicJwk, alg: 'EdDSA', use: 'sig', kid: keyId }] },
    tokenFor: (subject, displayName) =>
      new SignJWT({ name: displayName })
        .setProtectedHeader({ alg: 'EdDSA', kid: keyId, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime('24h')
        .sign(key),
  }
}

const loopback = ['127.0.0.1', '::1', 'localhost']

/** Whoever can reach this process can ask it for nothing without a token, but its keys lie on this disk: so it serves this machine alone. */
export function refuseBeyondLoopback(host: string): void {
  if (loopback.includes(host)) return
  throw new Error(
    `Standalone signs in its own invented people, so it listens on loopback only, not on ${host}. To serve others, run the services with your own identity provider (docs/deployment.md).`,
  )
}
