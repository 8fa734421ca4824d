import type { Result } from '@tessera/shared/fault/result'
import { FaultError } from '@tessera/shared/http/fault-error'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clients } from '../clients.ts'
import { type AskModels, createAskModels } from './ask-models.ts'
import type { IdentifyAnew } from './authenticate.ts'
import type { CallOf } from './call.ts'
import { identityOf } from './identity.ts'
import { publicFault } from './public-fault.ts'
import { atLeastHeader, revisionHeader, type RevisionTokens } from './revision-token.ts'

/** What every route has at hand: whom to ask, for whom, and how an answer is given. */
export type Edge = {
  readonly clients: Clients
  readonly callOf: CallOf
  /** On routes whose caller may be remembered. */
  readonly askModels: AskModels
  readonly identifyAnew: IdentifyAnew
  readonly heartbeatMs: number
  /** The revision that the client wants to see at least, as an input of an operation. */
  readonly atLeast: (request: FastifyRequest) => { atLeast?: number }
  /** The past moment that the client asks about, as an input of an operation. */
  readonly asOf: (request: FastifyRequest, moment: PastMoment) => { atRevision?: number; atTime?: string }
  /** The revision of a token that came in `field`. */
  readonly revisionOf: (request: FastifyRequest, token: string, field: string) => number
  /** The token of a revision, for whoever asks. */
  readonly revisionToken: (request: FastifyRequest, revision: number) => string
  /** Answers what a service answered: its value, with its revision as a header, or its fault as a problem. */
  readonly answer: (
    request: FastifyRequest,
    reply: FastifyReply,
    result: Result<unknown>,
    status?: 200 | 201 | 202 | 204,
  ) => FastifyReply
}

type PastMoment = { readonly at?: string | undefined; readonly atTime?: string | undefined }

type EdgeDeps = Pick<Edge, 'clients' | 'callOf' | 'identifyAnew' | 'heartbeatMs'> & { tokens: RevisionTokens }

export function createEdge({ clients, callOf, identifyAnew, heartbeatMs, tokens }: EdgeDeps): Edge {
  const revisionToken: Edge['revisionToken'] = (request, revision) =>
    tokens.mint(identityOf(request).workspaceId, revision)
  const revisionOf: Edge['revisionOf'] = (request, token, field) =>
    valueOf(tokens.read(identityOf(request).workspaceId, token, field))
  return {
    clients,
    callOf,
    askModels: createAskModels({ callOf, identifyAnew }),
    identifyAnew,
    heartbeatMs,
    revisionToken,
    revisionOf,
    asOf: (request, { at, atTime }) => ({
      ...(at !== undefined && { atRevision: revisionOf(request, at, 'at') }),
      ...(atTime !== undefined && { atTime }),
    }),
    atLeast(request) {
      const { 'tessera-at-least': token } = request.headers
      if (token === undefined) return {}
      return { atLeast: revisionOf(request, String(token), atLeastHeader) }
    },
    answer(request, reply, result, status = 200) {
      const value = valueOf(result, asksOfThePast(request) ? 'at' : atLeastHeader)
      const { revision } = value as { revision?: unknown }
      if (typeof revision === 'number') reply.header(revisionHeader, revisionToken(request, revision))
      return status === 204 ? reply.code(204).send() : reply.code(status).send(value)
    },
  }
}

/** Only a question about a past moment brings a token elsewhere than in the header. */
function asksOfThePast({ query, body, headers }: FastifyRequest): boolean {
  const { at } = { ...(query as PastMoment), ...(body as PastMoment) }
  return at !== undefined && headers['tessera-at-least'] === undefined
}

/** The value, or the fault thrown to the error handler. */
export function valueOf<T>(result: Result<T>, token?: string): T {
  if (!result.ok) throw new FaultError(publicFault(result.fault, token))
  return result.value
}
