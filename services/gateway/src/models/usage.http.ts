import { modelsContract } from '@tessera/shared/contracts/model-router'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { listUsage } = modelsContract.operations

export function addUsage(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/usage',
    {
      config: { scopes: ['models', 'ask'] },
      schema: {
        tags: ['models'],
        summary: listUsage.summary,
        querystring: listUsage.input,
        headers: readHeaders,
        response: { 200: listUsage.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.listUsage(request.query, callOf(request, reply)))
    },
  )
}
