import { hash } from 'node:crypto'
import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ActingTokens } from './acting-token.ts'
import { signalOf } from './call.ts'
import { credentialOf } from './credential.ts'
import { publicFault } from './public-fault.ts'
import type { IdentityProviders } from './identity-providers.ts'
import { deactivated, hasScope, type Identity, pending, unauthenticated } from './identity.ts'
import type { RememberedKeys } from './remembered-keys.ts'
import { verifyToken } from './verify-token.ts'

const { identify, identifyKey, identifyActing } = accessContract.operations

type AuthenticationDeps = {
  readonly bus: Bus
  readonly providers: IdentityProviders
  readonly actingTokens: ActingTokens
  readonly rememberedKeys: RememberedKeys
}

/** Finds out who sends a request at this moment, whatever is remembered. Throws the fault that refuses them. */
export type IdentifyAnew = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * Says who calls, before a byte of the body is read. Who a token or key stands for is asked for each request: a deactivation, a revoked key and a removed provider are in force at
 * once. Only routes that say so take a key from memory: what they call asks whether anything has changed since.
 */
export function addAuthentication(app: FastifyInstance, identify: ReturnType<typeof createAuthenticate>): void {
  app.decorateRequest('identity', null)
  app.addHook('onRequest', identify.request)
}

export function createAuthenticate(deps: AuthenticationDeps) {
  const resolve = createResolve(deps)

  async function identify(request: FastifyRequest, reply: FastifyReply, remembered: boolean): Promise<void> {
    const identified = await resolve(request, reply, remembered)
    if (!identified.ok) return refuse(reply, publicFault(identified.fault))
    const identity = identified.value
    const { anybody, scopes = [] } = request.routeOptions.config
    if (!anybody) {
      if (identity.pending) return refuse(reply, pending())
      requireScope(request, reply, identity, scopes)
    }
    request.identity = identity
  }
  const anew: IdentifyAnew = (request, reply) => identify(request, reply, false)
  return {
    anew,
    request: (request: FastifyRequest, reply: FastifyReply) =>
      identify(request, reply, request.routeOptions.config.remembers === true),
  }
}

function requireScope(
  request: FastifyRequest,
  reply: FastifyReply,
  identity: Identity,
  scopes: NonNullable<FastifyRequest['routeOptions']['config']['scopes']>,
) {
  if (identity.scopes.includes('all') || scopes.some((scope) => hasScope(identity, scope))) return
  const { dataSourceId } = (request.params ?? {}) as { dataSourceId?: string }
  if (scopes.includes('push') && dataSourceId && identity.scopes.includes(`push:${dataSourceId}`)) return
  const wanted = ['all', ...scopes].join(' or ')
  return refuse(reply, httpFaults.fault('forbidden', `This needs a key with the scope ${wanted}.`))
}

function refuse(reply: FastifyReply, fault: ReturnType<typeof publicFault>): never {
  if (fault.status === 401) reply.header('www-authenticate', 'Bearer realm="tessera"')
  throw new FaultError(fault)
}

function createResolve({ bus, providers, actingTokens, rememberedKeys }: AuthenticationDeps) {
  const access = bus.connectTo(accessContract)
  const callOfGateway = (reply: FastifyReply, timeoutMs: number, workspaceId = '') =>
    bus.callFor(
      { workspaceId, subject: 'system:gateway', actors: [], scopes: [] },
      { timeoutMs, signal: signalOf(reply) },
    )

  return async function resolve(
    request: FastifyRequest,
    reply: FastifyReply,
    remembered: boolean,
  ): Promise<Result<Identity>> {
    const credential = credentialOf(request.headers)
    if (!credential) return fail(unauthenticated())
    if (credential.kind === 'key') return ofKey(credential.secret, reply, remembered)
    return actingTokens.claims(credential.token) ? ofActing(credential.token, reply) : ofToken(credential.token, reply)
  }

  async function ofKey(secret: string, reply: FastifyReply, remembered: boolean): Promise<Result<Identity>> {
    const secretHash = hash('sha256', secret)
    const known = remembered ? rememberedKeys.get(secretHash) : undefined
    if (known) return ok(known)
    const askedAtMs = Date.now()
    const found = await access.identifyKey({ secretHash }, callOfGateway(reply, identifyKey.timeoutMs))
    if (!found.ok) return found
    const { workspaceId, keyId, principal: name, purposes, dataSourceId } = found.value
    const scopes = found.value.scopes.map((scope) => narrowed(scope, dataSourceId))
    const identity = { workspaceId, name, pending: false, scopes, actors: [], purposes, keyId }
    rememberedKeys.put(secretHash, identity, { askedAtMs, ...found.value })
    return ok(identity)
  }

  /** A token that an app exchanged: its own signature is ours, and whether the app still acts for this user is asked anew. */
  async function ofActing(token: string, reply: FastifyReply): Promise<Result<Identity>> {
    const acting = await actingTokens.read(token)
    if (!acting) return fail(unauthenticated())
    const { workspaceId, user: name, app, scopes, purposes, keyId } = acting
    const call = callOfGateway(reply, identifyActing.timeoutMs, workspaceId)
    const found = await access.identifyActing({ user: name, app, keyId }, call)
    return found.ok ? ok({ workspaceId, name, pending: false, scopes, actors: [app], purposes, keyId }) : found
  }

  async function ofToken(token: string, reply: FastifyReply): Promise<Result<Identity>> {
    const verified = await verifyToken(token, providers)
    if (!verified.ok) return verified
    const found = await access.identify(verified.value, callOfGateway(reply, identify.timeoutMs))
    if (!found.ok) return found
    const { workspaceId, principal } = found.value
    if (principal.state === 'deactivated') return fail(deactivated())
    return ok({
      workspaceId,
      name: principal.name,
      pending: principal.state === 'pending',
      scopes: ['all'],
      actors: [],
    })
  }
}

/** A push key of one data source reaches that one alone. */
const narrowed = (scope: string, dataSourceId: string | undefined) =>
  scope === 'push' && dataSourceId !== undefined ? `push:${dataSourceId}` : scope
