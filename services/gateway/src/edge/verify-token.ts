import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { gatewayFaults } from '../faults.ts'
import type { IdentityProviders } from './identity-providers.ts'
import { unauthenticated } from './identity.ts'

/** Signatures that only the holder of a private key can make. `none` and every shared secret (HS…) are refused before any key is looked up. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** Clocks of others may be this far off. */
const toleranceSeconds = 10

export type VerifiedToken = {
  readonly issuer: string
  readonly audience: string
  readonly subject: string
  readonly displayName?: string
}

/** Checks algorithm, issuer, audience, signature and expiry of a JWT. Whatever is wrong with it, the fault is the same. */
export async function verifyToken(token: string, providers: IdentityProviders): Promise<Result<VerifiedToken>> {
  const claimed = readUnverified(token)
  if (!claimed) return fail(unauthenticated())
  const ofIssuer = await providers.of(claimed.issuer)
  if (!ofIssuer.ok) return ofIssuer
  // A token for two workspaces at once would leave open whom it lets in where.
  const [provider, ...others] = ofIssuer.value.filter(({ audience }) => claimed.audiences.includes(audience))
  if (!provider || others.length > 0) return fail(unauthenticated())
  const { issuer, audience, keys } = provider
  const verified = await verifyWith(keys, token, { issuer, audience })
  if (!verified.ok) return verified
  const { subject, payload } = verified.value
  const { name } = payload
  return ok({ issuer, audience, subject, ...(typeof name === 'string' && { displayName: name.slice(0, 300) }) })
}

/** A token that an app brings to exchange it. */
export type SubjectToken = {
  readonly issuer: string
  readonly subject: string
  /** To whom it was issued: its audiences, and its `azp` or `client_id`. */
  readonly issuedTo: readonly string[]
  /** Unix seconds. */
  readonly expiresAt: number
}

/**
 * Checks a token that was issued to an app, not to Tessera: the same but for its audience, which access-control compares with the app. Only the providers
 * of the app's own workspace count, since another's could sign for anybody.
 */
export async function verifySubjectToken(
  token: string,
  providers: IdentityProviders,
  workspaceId: string,
): Promise<Result<SubjectToken>> {
  const claimed = readUnverified(token)
  if (!claimed) return fail(unauthenticated())
  const ofIssuer = await providers.of(claimed.issuer)
  if (!ofIssuer.ok) return ofIssuer
  const keySets = new Set(ofIssuer.value.filter((known) => known.workspaceId === workspaceId).map(({ keys }) => keys))
  const [keys, ...others] = keySets
  if (!keys || others.length > 0) return fail(unauthenticated())
  const verified = await verifyWith(keys, token, { issuer: claimed.issuer })
  if (!verified.ok) return verified
  const { subject, payload } = verified.value
  const { exp = 0, azp, client_id: clientId } = payload
  const parties = [azp, clientId].filter((party) => typeof party === 'string')
  return ok({
    issuer: claimed.issuer,
    subject,
    issuedTo: [...new Set([...claimed.audiences, ...parties])],
    expiresAt: exp,
  })
}

async function verifyWith(
  keys: JWTVerifyGetKey,
  token: string,
  expected: { issuer: string; audience?: string },
): Promise<Result<{ subject: string; payload: JWTPayload }>> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      ...expected,
      algorithms,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: toleranceSeconds,
    })
    const { sub: subject = '' } = payload
    return subject === '' || subject.length > 300 ? fail(unauthenticated()) : ok({ subject, payload })
  } catch (error) {
    if (isAboutTheToken(error)) return fail(unauthenticated())
    return fail(gatewayFaults.fault('identity-provider-unavailable', 'The signature could not be checked.'))
  }
}

function readUnverified(token: string): { issuer: string; audiences: string[] } | undefined {
  try {
    const { alg } = decodeProtectedHeader(token)
    const { iss, aud } = decodeJwt(token)
    if (typeof alg !== 'string' || !algorithms.includes(alg) || iss === undefined || aud === undefined) return undefined
    return { issuer: iss, audiences: Array.isArray(aud) ? aud : [aud] }
  } catch {
    return undefined
  }
}

/** As against a key set that could not be read, which is not the caller's fault. */
const isAboutTheToken = (error: unknown) =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout || error.constructor === errors.JOSEError)
