import { hkdfSync, randomUUID } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { IdOf } from '@tessera/shared/ids/ids'
import { Name } from '@tessera/shared/contracts/names'
import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import { type Static, Type } from 'typebox'

/** What an exchanged token may last at most (ACCESS.md section 3). */
export const longestSeconds = 15 * 60

/** Neither is an address, so no identity provider can be configured by mistake to sign for them. */
const issuer = 'urn:tessera:gateway'
const audience = 'urn:tessera:acting'
const algorithm = 'HS256'

const Claims = Type.Object({
  sub: Name,
  wsp: IdOf('wsp'),
  act: Type.Object({ sub: Name }),
  scope: Type.String(),
  purposes: Type.Array(Type.String()),
  key: IdOf('key'),
  jti: Type.String(),
})
const claimsShape = Compile(Claims)

/** Somebody with the app that acts for them, as a token of ours says it. Whether the app still may is asked for each request. */
export type Acting = {
  readonly workspaceId: string
  readonly user: string
  readonly app: string
  /** Those of the app's key: a token reaches no further than what it was exchanged with. */
  readonly scopes: readonly string[]
  readonly purposes: readonly string[]
  readonly keyId: string
}

export type ActingTokens = {
  /** Signs one that ends at `expiresAt` (Unix seconds). */
  issue(acting: Acting, expiresAt: number): Promise<string>
  /** Whether a token says that it is one of these, and not a provider's. It proves nothing. */
  claims(token: string): boolean
  /** What it says, if it is ours, whole and not expired. */
  read(token: string): Promise<Acting | undefined>
}

/**
 * The tokens that an exchange (RFC 8693) answers. Only gateways make and read them, so they share a key: derived from the secret of all replicas, for this
 * use alone.
 */
export function createActingTokens(secret: string): ActingTokens {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'tessera acting tokens', 32))
  return {
    issue: ({ workspaceId, user, app, scopes, purposes, keyId }, expiresAt) =>
      new SignJWT({ wsp: workspaceId, act: { sub: app }, scope: scopes.join(' '), purposes: [...purposes], key: keyId })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .setJti(randomUUID())
        .sign(key),
    claims(token) {
      try {
        return decodeJwt(token).iss === issuer
      } catch {
        return false
      }
    },
    async read(token) {
      const options = { issuer, audience, algorithms: [algorithm], typ: 'at+jwt', requiredClaims: ['exp', 'iat'] }
      const verified = await jwtVerify(token, key, options).catch(() => undefined)
      return verified && claimsShape.Check(verified.payload) ? toActing(verified.payload) : undefined
    },
  }
}

const toActing = ({
  wsp: workspaceId,
  sub: user,
  act,
  scope,
  purposes,
  key: keyId,
}: Static<typeof Claims>): Acting => ({
  ...{ workspaceId, user, app: act.sub, purposes, keyId },
  scopes: scope.split(' '),
})
