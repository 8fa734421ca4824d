import { administrationOperations } from '@tessera/shared/contracts/access-control/administration'
import { Name, Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listDelegates, addDelegate, removeDelegate } = administrationOperations
const tags = ['administration']
const params = Type.Object({ name: Name, principal: Name })

export function addDelegates(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/spaces/:name/delegates',
    {
      schema: {
        tags,
        summary: listDelegates.summary,
        params: Type.Pick(params, ['name']),
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listDelegates.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, space: request.params.name, ...atLeast(request) }
      return answer(request, reply, await access.listDelegates(input, callOf(request, reply)))
    },
  )
  app.put(
    '/spaces/:name/delegates/:principal',
    { schema: { tags, summary: addDelegate.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) => {
      const { name: space, principal } = request.params
      return answer(request, reply, await access.addDelegate({ space, principal }, callOf(request, reply)), 204)
    },
  )
  app.delete(
    '/spaces/:name/delegates/:principal',
    { schema: { tags, summary: removeDelegate.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) => {
      const { name: space, principal } = request.params
      return answer(request, reply, await access.removeDelegate({ space, principal }, callOf(request, reply)), 204)
    },
  )
}
