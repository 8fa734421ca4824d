import type { FastifyInstance } from 'fastify'

/** What was decided for one reader now is for nobody's cache, and is what its media type says. */
export function addResponseHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    done()
  })
}
