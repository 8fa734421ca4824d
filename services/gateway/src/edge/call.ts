import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { identityOf } from './identity.ts'
import { type ChosenPurpose, keyPurpose } from './purpose.ts'

/** Makes the call on the bus that a request stands for: signed for its principal, and cancelled when the client leaves. */
export type CallOf = (request: FastifyRequest, reply: FastifyReply, options?: CallOptions) => Call

type CallOptions = {
  timeoutMs?: number
  /** Of a question to an agent. Absent: what the key says, and the header chooses among. */
  purpose?: ChosenPurpose
  /** Who is called asks whether the caller is still who they were found to be. Nobody else may be called for one who is remembered. */
  checksRevision?: boolean
}

/** The bus holds each operation to its own deadline, this is the longest of those that aren't streams. */
const longestCallMs = 95_000

export const createCallOf =
  (bus: Bus): CallOf =>
  (request, reply, { timeoutMs = longestCallMs, purpose = keyPurpose(request), checksRevision = false } = {}) => {
    const { workspaceId, name, scopes, actors, keyId, revision } = identityOf(request)
    if (revision !== undefined && !checksRevision) throw new Error('Somebody is called for one who is only remembered')
    const caller = {
      ...{ workspaceId, subject: name, actors: [...actors], scopes: [...scopes] },
      ...(purpose.ofKey !== undefined && { purpose: purpose.ofKey }),
      ...(keyId !== undefined && { keyId }),
      ...(revision !== undefined && { revision }),
    }
    return bus.callFor(caller, { timeoutMs, signal: signalOf(reply) })
  }

const left = new WeakMap<FastifyReply, AbortSignal>()

/** Aborts when the client is gone before its answer was complete. */
export function signalOf(reply: FastifyReply): AbortSignal {
  const known = left.get(reply)
  if (known) return known
  const controller = new AbortController()
  if (reply.raw.destroyed) controller.abort()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  left.set(reply, controller.signal)
  return controller.signal
}
