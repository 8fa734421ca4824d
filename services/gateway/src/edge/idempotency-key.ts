import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TObject } from 'typebox'

export const idempotencyHeader = 'Idempotency-Key'

const invalid = (rule: string) =>
  new FaultError(
    httpFaults.fault('invalid-request', `${idempotencyHeader} ${rule}.`, {
      errors: [{ field: idempotencyHeader, rule }],
    }),
  )

/** The key under which the same request gets the same answer. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const { 'idempotency-key': key } = request.headers
  if (key === undefined) return undefined
  if (typeof key !== 'string' || key.length < 1 || key.length > 200) throw invalid('must have 1 to 200 characters')
  return key
}

/** The key as an input of an operation. */
export function keyOf(request: FastifyRequest): { idempotencyKey?: string } {
  const idempotencyKey = idempotencyKeyOf(request)
  return idempotencyKey === undefined ? {} : { idempotencyKey }
}

/** The body as the input of an operation that keeps keys. */
export const keyedBody = <B extends object>(request: FastifyRequest & { body: B }) => ({
  ...request.body,
  ...keyOf(request),
})

/**
 * The gateway keeps nothing, so a key works only where the service behind keeps it, or where repeating changes nothing. Elsewhere it is refused:
 * to ignore it would make a second object of what the client takes for one.
 */
export function addIdempotencyRule(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { method, headers, routeOptions } = request
    if (method !== 'POST' || headers['idempotency-key'] === undefined) return
    if (routeOptions.config.repeatable || keepsKeys(routeOptions)) return
    throw invalid('is not kept by this operation')
  })
}

const keepsKeys = ({ schema }: FastifyRequest['routeOptions']) =>
  'idempotency-key' in ((schema?.headers as Partial<TObject> | undefined)?.properties ?? {})
