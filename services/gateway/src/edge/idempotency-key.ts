import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyInstance, FastifyRequest } from 'fastify'

export const idempotencyHeader = 'Idempotency-Key'

const invalid = (rule: string) =>
  new FaultError(
    httpFaults.fault('invalid-request', `${idempotencyHeader} ${rule}.`, {
      errors: [{ field: idempotencyHeader, rule }],
    }),
  )

/** The key under which the same question gives the same run. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const { 'idempotency-key': key } = request.headers
  if (key === undefined) return undefined
  if (typeof key !== 'string' || key.length < 1 || key.length > 200) throw invalid('must have 1 to 200 characters')
  return key
}

/**
 * The gateway keeps nothing, so a key works only where the service behind keeps it, or where repeating changes nothing. Elsewhere it is refused:
 * to ignore it would make a second object of what the client takes for one.
 */
export function addIdempotencyRule(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.method !== 'POST' || request.routeOptions.config.repeatable) return
    if (request.headers['idempotency-key'] !== undefined) throw invalid('is not kept by this operation')
  })
}
