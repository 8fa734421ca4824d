import { administrationOperations } from '@tessera/shared/contracts/access-control/administration'
import { Name, Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listActingApps, putActingApp, deleteActingApp } = administrationOperations
const tags = ['administration']
const params = Type.Object({ name: Name })

export function addActingApps(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/acting-apps',
    {
      schema: {
        tags,
        summary: listActingApps.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listActingApps.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listActingApps(input, callOf(request, reply)))
    },
  )
  app.put(
    '/service-accounts/:name/acting',
    {
      schema: {
        tags,
        summary: putActingApp.summary,
        params,
        body: Type.Omit(putActingApp.input, ['serviceAccount']),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, serviceAccount: request.params.name }
      return answer(request, reply, await access.putActingApp(input, callOf(request, reply)), 204)
    },
  )
  app.delete(
    '/service-accounts/:name/acting',
    { schema: { tags, summary: deleteActingApp.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) => {
      const input = { serviceAccount: request.params.name }
      return answer(request, reply, await access.deleteActingApp(input, callOf(request, reply)), 204)
    },
  )
}
