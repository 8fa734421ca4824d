import { healthOperations } from '@tessera/shared/contracts/model-router/health'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { listHealth } = healthOperations

export function addModelHealth(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/models/health',
    {
      config: { scopes: ['models', 'ask'] },
      schema: {
        tags: ['models'],
        summary: listHealth.summary,
        headers: readHeaders,
        response: { 200: listHealth.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.listHealth({}, callOf(request, reply)))
    },
  )
}
