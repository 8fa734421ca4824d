import { httpFaults, principalFaults } from '@tessera/shared/http/faults'
import type { FastifyRequest } from 'fastify'

/** Who calls. */
export type Identity = {
  readonly workspaceId: string
  /** `user:usr_…` or `service:svc_…` */
  readonly name: string
  readonly pending: boolean
  /** What the credential reaches: `all`, or a key's own (`ask`, `search`, `models`, `push`, `push:src_…`). */
  readonly scopes: readonly string[]
  /** Who acts for them: the app that exchanged their token. */
  readonly actors: readonly string[]
  /** What requests with this credential may be for; the first is the default. Absent or empty: the credential says nothing about it. */
  readonly purposes?: readonly string[]
  /** The API key that it is, or that an app exchanged the token with. */
  readonly keyId?: string
  /** It is remembered from another request, and was found at this revision of the workspace. Absent: it was found for this one. */
  readonly revision?: number
}

/** What a key may be narrowed to. A route names those that reach it; `all` reaches every route. */
export type Scope = 'ask' | 'search' | 'models' | 'push'

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null
  }
  interface FastifyContextConfig {
    /** Scopes of which a key needs one. Absent: only `all` reaches the route. */
    scopes?: readonly Scope[]
    /** Any valid credential reaches it, that of a pending principal included. */
    anybody?: true
    /** A POST that is safe to repeat as it is. Any other that doesn't take `Idempotency-Key` refuses the header. */
    repeatable?: true
    /** Who calls may be remembered: only model-router is asked, or `identifyAnew` comes first. */
    remembers?: true
  }
}

/** The identity that authentication found. Only for routes behind it. */
export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new Error('A route without authentication asked who calls')
  return request.identity
}

export const hasScope = ({ scopes }: Identity, wanted: Scope) => scopes.includes('all') || scopes.includes(wanted)

/** One body for every reason: which part of a credential is wrong is nobody's business. */
export const unauthenticated = () =>
  httpFaults.fault('unauthenticated', 'Send a valid credential as `Authorization: Bearer …`.')

export const pending = () => principalFaults.fault('pending', 'Until an admin admits you, only GET /v1/me works.')
export const deactivated = () => principalFaults.fault('deactivated', 'An admin deactivated you.')
