import { administrationOperations } from '@tessera/shared/contracts/access-control/administration'
import type { Fault } from '@tessera/shared/fault/fault'
import type { App } from '@tessera/shared/http/create-app'
import { faultOf } from '@tessera/shared/http/error-handling'
import { type Clock, systemClock } from '@tessera/shared/time/clock'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type ActingTokens, longestSeconds } from '../edge/acting-token.ts'
import type { Edge } from '../edge/edge.ts'
import { identityOf } from '../edge/identity.ts'
import type { IdentityProviders } from '../edge/identity-providers.ts'
import { verifySubjectToken } from '../edge/verify-token.ts'
import { accessTokenType, exchangeRequestOf, formMediaType, grantType } from './exchange-request.ts'
import { OauthFault, oauthErrorOf, TokenError } from './oauth-error.ts'

const { exchangeToken } = administrationOperations

export type TokenDeps = {
  readonly edge: Edge
  readonly providers: IdentityProviders
  readonly tokens: ActingTokens
  readonly clock?: Clock
}

const errors = Object.fromEntries(
  [400, 401, 403, 413, 415, 429, 500, 503].map((status) => [
    status,
    {
      description: 'An error as RFC 6749 words it.',
      content: { 'application/json': { schema: { $ref: 'TokenError#' } } },
    },
  ]),
)

/** Token exchange (RFC 8693), with form bodies and the errors of RFC 6749: for a part of the routes by itself. */
export async function addToken(app: App, deps: TokenDeps): Promise<void> {
  app.addSchema(TokenError)
  app.setErrorHandler((error, request, reply) => sendError(reply, faultOf(error, request), error))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(formMediaType, { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.post(
    '/token',
    {
      bodyLimit: 64 * 1024,
      // Whatever the key reaches, the token does; one that only pushes has nothing to act with.
      config: { scopes: ['ask', 'search', 'models'], repeatable: true },
      schema: {
        tags: ['people'],
        summary: 'Exchanges the token of a user, issued to the app that calls, for one to act for that user here.',
        description: `RFC 8693. The app authenticates with its API key. The token lasts until the user's own does, and no longer than ${longestSeconds / 60} minutes; it cannot be exchanged again, and every decision names both. Parameters that the RFC does not know are ignored.`,
        body: {
          content: {
            [formMediaType]: {
              schema: Type.String({
                description: `\`grant_type=${grantType}\`, \`subject_token\`, \`subject_token_type\`.`,
              }),
            },
          },
        },
        response: {
          200: Type.Object({
            access_token: Type.String(),
            issued_token_type: Type.Literal(accessTokenType),
            token_type: Type.Literal('Bearer'),
            expires_in: Type.Integer({ description: 'Seconds.' }),
          }),
          ...errors,
        },
      },
    },
    async (request, reply) => reply.header('pragma', 'no-cache').send(await exchange(request, reply, deps)),
  )
}

async function exchange(
  request: FastifyRequest,
  reply: FastifyReply,
  { edge, providers, tokens, clock = systemClock }: TokenDeps,
) {
  const { workspaceId, scopes, purposes = [], actors, keyId } = identityOf(request)
  // Who was let in by a token, exchanged or not, is a person, and acts for nobody else.
  if (keyId === undefined || actors.length > 0)
    throw new OauthFault('invalid_client', 'The app authenticates with its API key.')
  const { subjectToken } = exchangeRequestOf(request.body as string)
  const verified = await verifySubjectToken(subjectToken, providers, workspaceId)
  if (!verified.ok) throw ofSubjectToken(verified.fault)
  const { issuer, subject, issuedTo, expiresAt } = verified.value
  const call = edge.callOf(request, reply, { timeoutMs: exchangeToken.timeoutMs })
  const exchanged = await edge.clients.access.exchangeToken({ issuer, subject, issuedTo: [...issuedTo] }, call)
  if (!exchanged.ok) throw ofExchange(exchanged.fault)
  const { user, app } = exchanged.value
  const now = Math.floor(clock.nowMs() / 1000)
  const endsAt = Math.min(expiresAt, now + longestSeconds)
  // The tolerance for other clocks lets in what has just expired; nothing is given for no time at all.
  if (endsAt <= now) throw new OauthFault('invalid_request', 'The subject token has expired.')
  const acting = { workspaceId, user, app, scopes, purposes, keyId }
  return {
    access_token: await tokens.issue(acting, endsAt),
    issued_token_type: accessTokenType,
    token_type: 'Bearer',
    expires_in: endsAt - now,
  } as const
}

const ofSubjectToken = (fault: Fault) =>
  fault.status === 401
    ? new OauthFault('invalid_request', 'The subject token is not valid here.')
    : new OauthFault(fault)

/** One answer for an unknown, pending or deactivated user, another app's token, and an app that may not act: which it is, is for the log. */
const ofExchange = (fault: Fault) =>
  fault.status < 500
    ? new OauthFault('invalid_request', 'The subject token cannot be exchanged by this app.')
    : new OauthFault(fault)

function sendError(reply: FastifyReply, fault: Fault, error: unknown): FastifyReply {
  const { status, body } = oauthErrorOf(error, fault)
  if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000))
  return reply.code(status).type('application/json').send(body)
}
