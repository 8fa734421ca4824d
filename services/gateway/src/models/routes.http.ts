import { RouteDefinition, routeOperations } from '@tessera/shared/contracts/model-router/routes'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, writeProblems } from '../edge/route-schema.ts'

const { listRoutes, putRoute, undoRoute, deleteRoute } = routeOperations
const tags = ['models']
const params = deleteRoute.input

export function addRoutes(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/routes',
    {
      schema: {
        tags,
        summary: listRoutes.summary,
        headers: readHeaders,
        response: { 200: listRoutes.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.listRoutes({}, callOf(request, reply)))
    },
  )
  app.put(
    '/routes/:name',
    {
      schema: {
        tags,
        summary: putRoute.summary,
        description: 'The route `default` serves agents that name no model, and requests for the model `default`.',
        params,
        body: RouteDefinition,
        response: { 200: putRoute.output, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, definition: request.body }
      return answer(request, reply, await models.putRoute(input, callOf(request, reply)))
    },
  )
  app.post(
    '/routes/:name/undo',
    {
      schema: { tags, summary: undoRoute.summary, params, response: { 200: undoRoute.output, ...writeProblems } },
    },
    async (request, reply) => answer(request, reply, await models.undoRoute(request.params, callOf(request, reply))),
  )
  app.delete(
    '/routes/:name',
    { schema: { tags, summary: deleteRoute.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) =>
      answer(request, reply, await models.deleteRoute(request.params, callOf(request, reply)), 204),
  )
}
