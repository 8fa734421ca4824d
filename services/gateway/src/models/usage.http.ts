import { UsageGroup, usageFilter, usageOperations } from '@tessera/shared/contracts/model-router/usage'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { listUsage, totalUsage } = usageOperations
const config = { scopes: ['models', 'ask'] } as const
const tags = ['models']

export function addUsage(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/usage',
    {
      config,
      schema: {
        tags,
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
  app.get(
    '/usage/totals',
    {
      config,
      schema: {
        tags,
        summary: totalUsage.summary,
        querystring: Type.Object({
          ...usageFilter,
          by: Type.Array(UsageGroup, {
            minItems: 1,
            maxItems: 3,
            uniqueItems: true,
            description: 'One to three groups: `by=model&by=day`.',
          }),
          limit: totalUsage.input.properties.limit,
        }),
        headers: readHeaders,
        response: { 200: totalUsage.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.totalUsage(request.query, callOf(request, reply)))
    },
  )
}
