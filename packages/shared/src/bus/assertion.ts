import { sign, verify } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Clock } from '../time/clock.ts'
import type { Trust } from './assertion-keys.ts'
import type { KeyObject } from 'node:crypto'
import type { Caller } from './call.ts'
import type { ServiceName } from './contract.ts'

/** How long an assertion is believed. A handler or loop that goes on for longer signs a new one with `callFor`. */
export const assertionLifetimeMs = 60_000
/** How far the clocks of two machines may be apart. */
const clockSkewMs = 5_000
const rememberedAssertions = 10_000
/** For how long the same caller is given the same assertion again, which then lasts that much less. */
const reusedForMs = 5_000

type AssertionRule = {
  /** The subject itself, or, ending in `:` or `_`, what it begins with. */
  readonly subject: string
  /** `any`; `none`; or `agent`: the outermost one is an agent. */
  readonly actors: 'any' | 'none' | 'agent'
}

/** Who may say for whom a call is made. Everything else is refused, however well it is signed. */
export const assertionRules: Readonly<Record<ServiceName, readonly AssertionRule[]>> = {
  gateway: [
    { subject: 'user:', actors: 'any' },
    { subject: 'service:', actors: 'any' },
    { subject: 'system:gateway', actors: 'none' },
  ],
  agents: [
    { subject: 'user:', actors: 'agent' },
    { subject: 'service:', actors: 'agent' },
    { subject: 'system:agents', actors: 'none' },
  ],
  connectors: [
    { subject: 'connector:src_', actors: 'none' },
    { subject: 'system:connectors', actors: 'none' },
  ],
  access: [{ subject: 'system:access', actors: 'none' }],
  retrieval: [{ subject: 'system:retrieval', actors: 'none' }],
  models: [{ subject: 'system:models', actors: 'none' }],
}

export function mayAssert(service: ServiceName, caller: Caller): boolean {
  return assertionRules[service].some(({ subject, actors }) => {
    const begins = subject.endsWith(':') || subject.endsWith('_')
    const named = begins
      ? caller.subject.startsWith(subject) && caller.subject.length > subject.length
      : caller.subject === subject
    return named && actorsFit(actors, caller.actors)
  })
}

function actorsFit(rule: AssertionRule['actors'], actors: readonly string[]): boolean {
  if (rule === 'any') return true
  if (rule === 'none') return actors.length === 0
  return actors.at(-1)?.startsWith('agent:') === true
}

/** Short names, because it is in every message: issuer, workspace, subject, actors, scopes, purpose, key, revision, expiry (Unix milliseconds). */
const Claims = Type.Object({
  iss: Type.String(),
  wsp: Type.String(),
  sub: Type.String(),
  act: Type.Array(Type.String(), { maxItems: 16 }),
  scp: Type.Array(Type.String(), { maxItems: 64 }),
  pur: Type.Optional(Type.String()),
  key: Type.Optional(Type.String()),
  rev: Type.Optional(Type.Integer()),
  exp: Type.Integer(),
})
type Claims = Static<typeof Claims>
const claimsShape = Compile(Claims)

export type Assertions = {
  sign(caller: Caller): string
  /** The caller that an assertion names, or why it is refused. */
  verify(assertion: string | undefined): { ok: true; caller: Caller } | { ok: false; reason: string }
}

/**
 * Signs who a call is made for, and believes what others signed. An assertion is `<claims>.<signature>`, both base64url; the
 * signature (Ed25519) covers the first part as it stands. Verified ones are remembered by their bytes, and those signed are given out again for some
 * seconds, so that a request which makes ten calls costs one signature and one verification.
 */
export function createAssertions(options: {
  service: ServiceName
  signingKey: KeyObject
  trust: Trust
  clock: Clock
}): Assertions {
  const { service, signingKey, trust, clock } = options
  const verified = new Map<string, { caller: Caller; expiresAtMs: number }>()

  const signed = new Map<string, { assertion: string; untilMs: number }>()

  return {
    sign(caller) {
      const { workspaceId: wsp, subject: sub, actors: act, scopes: scp, purpose: pur, keyId: key } = caller
      const { revision: rev } = caller
      const nowMs = clock.nowMs()
      const who = JSON.stringify([wsp, sub, act, scp, pur, key, rev])
      const known = signed.get(who)
      // A clock that was set back must not make an old one last.
      if (known && known.untilMs > nowMs && known.untilMs <= nowMs + reusedForMs) return known.assertion
      const claims: Claims = {
        ...{ iss: service, wsp, sub, act, scp, exp: nowMs + assertionLifetimeMs },
        ...(pur === undefined ? {} : { pur }),
        ...(key === undefined ? {} : { key }),
        ...(rev === undefined ? {} : { rev }),
      }
      const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
      const assertion = `${text}.${sign(null, Buffer.from(text), signingKey).toString('base64url')}`
      remember(signed, who, { assertion, untilMs: nowMs + reusedForMs })
      return assertion
    },
    verify(assertion) {
      if (assertion === undefined) return { ok: false, reason: 'It carries no assertion.' }
      const nowMs = clock.nowMs()
      const known = verified.get(assertion)
      if (known) return known.expiresAtMs + clockSkewMs > nowMs ? { ok: true, caller: known.caller } : expired
      const claims = signedClaims(assertion, trust)
      if (!claims) return { ok: false, reason: 'Its assertion is not signed by a service that is trusted here.' }
      const {
        iss,
        wsp: workspaceId,
        sub: subject,
        act: actors,
        scp: scopes,
        pur: purpose,
        key: keyId,
        rev: revision,
        exp,
      } = claims
      if (exp + clockSkewMs <= nowMs) return expired
      if (exp > nowMs + assertionLifetimeMs + clockSkewMs) return { ok: false, reason: 'Its assertion lasts too long.' }
      const caller: Caller = Object.freeze({
        ...{ workspaceId, subject, actors, scopes },
        ...(purpose === undefined ? {} : { purpose }),
        ...(keyId === undefined ? {} : { keyId }),
        ...(revision === undefined ? {} : { revision }),
      })
      if (!mayAssert(iss, caller)) return { ok: false, reason: `${iss} may not assert such a caller.` }
      remember(verified, assertion, { caller, expiresAtMs: exp })
      return { ok: true, caller }
    },
  }
}

/** Sets an entry of a map that forgets its oldest ones. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  const oldest = map.size >= rememberedAssertions ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}

const expired = { ok: false, reason: 'Its assertion has expired.' } as const

/** The claims of an assertion, if a trusted service signed them. Which key counts is what the claims say, before they are believed. */
function signedClaims(assertion: string, trust: Trust): (Omit<Claims, 'iss'> & { iss: ServiceName }) | undefined {
  const [text = '', signature = '', ...rest] = assertion.split('.')
  const claims = parseClaims(text)
  const issuer = [...trust].find(([service]) => service === claims?.iss)
  if (!claims || !issuer || rest.length > 0) return undefined
  const [iss, key] = issuer
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url')) ? { ...claims, iss } : undefined
}

function parseClaims(text: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return claimsShape.Check(claims) ? claims : undefined
  } catch {
    return undefined
  }
}
