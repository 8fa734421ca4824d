import { administrationOperations } from '@tessera/shared/contracts/access-control/administration'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { requestBreakGlass, listBreakGlass, endBreakGlass } = administrationOperations
const tags = ['administration']

export function addBreakGlass(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/break-glass',
    {
      schema: {
        tags,
        summary: listBreakGlass.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listBreakGlass.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listBreakGlass(input, callOf(request, reply)))
    },
  )
  app.post(
    '/break-glass',
    {
      schema: {
        tags,
        summary: requestBreakGlass.summary,
        body: requestBreakGlass.input,
        response: { 201: shown(requestBreakGlass.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.requestBreakGlass(request.body, callOf(request, reply)), 201),
  )
  app.delete(
    '/break-glass/:id',
    {
      schema: {
        tags,
        summary: endBreakGlass.summary,
        params: endBreakGlass.input,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.endBreakGlass(request.params, callOf(request, reply)), 204),
  )
}
