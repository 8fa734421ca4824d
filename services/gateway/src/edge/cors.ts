import type { FastifyInstance } from 'fastify'

const allowedHeaders =
  'authorization, content-type, x-api-key, tessera-at-least, tessera-purpose, idempotency-key, last-event-id, traceparent'

/**
 * Lets pages of these origins call; without any (the default) no header of CORS is ever sent. Credentials are never cookies here, so
 * `access-control-allow-credentials` is left out on purpose.
 */
export function addCors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    reply.header('vary', 'origin')
    if (origin === undefined || !origins.includes(origin)) return
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', 'tessera-revision, retry-after')
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    return reply
      .header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
      .header('access-control-allow-headers', allowedHeaders)
      .header('access-control-max-age', '600')
      .code(204)
      .send()
  })
}
