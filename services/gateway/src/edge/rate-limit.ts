import fastifyRateLimit from '@fastify/rate-limit'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyInstance } from 'fastify'
import { identityOf } from './identity.ts'

/**
 * Limits the requests of each principal, whatever credential they use. Counted in this process: with n replicas a principal
 * gets up to n times as many.
 */
export async function addRateLimit(app: FastifyInstance, { perMinute }: { perMinute: number }): Promise<void> {
  await app.register(fastifyRateLimit, { global: false })
  const count = app.createRateLimit({
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => {
      const { workspaceId, name, actors } = identityOf(request)
      // An app that acts for somebody uses up its own requests, not theirs.
      return [workspaceId, name, ...actors].join('/')
    },
  })
  app.addHook('onRequest', async (request) => {
    const counted = await count(request)
    if (counted.isAllowed || !counted.isExceeded) return
    const detail = `You may send ${counted.max} requests a minute.`
    throw new FaultError(httpFaults.fault('rate-limited', detail, { retryAfterMs: counted.ttl }))
  })
}
