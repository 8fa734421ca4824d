import { labelOperations } from '@tessera/shared/contracts/access-control/labels'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listClearances, setClearances } = labelOperations
const tags = ['labels']

export function addClearances(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/clearances',
    {
      schema: {
        tags,
        summary: listClearances.summary,
        querystring: Type.Omit(listClearances.input, ['atLeast']),
        headers: readHeaders,
        response: { 200: shown(listClearances.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listClearances(input, callOf(request, reply)))
    },
  )
  app.put(
    '/clearances/:principal',
    {
      schema: {
        tags,
        summary: setClearances.summary,
        params: Type.Pick(setClearances.input, ['principal']),
        body: Type.Pick(setClearances.input, ['clearances']),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await access.setClearances(input, callOf(request, reply)), 204)
    },
  )
}
