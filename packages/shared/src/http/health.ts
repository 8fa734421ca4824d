import type { FastifyInstance } from 'fastify'

/**
 * `/health/live`: the process answers. `/health/ready`: it can serve, or 503 with the names of what it waits for; 503 as well from the moment
 * it stops, so that no new work is sent to it.
 */
export function addHealth(app: FastifyInstance, notReady: () => Promise<readonly string[]>): void {
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  const quiet = { schema: { hide: true }, logLevel: 'warn' } as const
  app.get('/health/live', quiet, () => ({ status: 'live' }))
  app.get('/health/ready', quiet, async (request, reply) => {
    const missing = closing ? ['closing'] : await missingNow(request.log, notReady)
    return reply
      .code(missing.length > 0 ? 503 : 200)
      .send({ status: missing.length > 0 ? 'waiting' : 'ready', missing })
  })
}

async function missingNow(log: { error(o: object, text: string): void }, notReady: () => Promise<readonly string[]>) {
  try {
    return await notReady()
  } catch (error) {
    log.error({ err: error }, 'The readiness check failed')
    return ['unknown']
  }
}
