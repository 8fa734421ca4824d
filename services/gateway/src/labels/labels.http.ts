import { labelOperations } from '@tessera/shared/contracts/access-control/labels'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listLabels, putLabel, deleteLabel } = labelOperations
const tags = ['labels']
const params = Type.Pick(putLabel.input, ['label'])

export function addLabels(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/labels',
    {
      schema: {
        tags,
        summary: listLabels.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listLabels.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listLabels(input, callOf(request, reply)))
    },
  )
  app.put(
    '/labels/:label',
    {
      schema: {
        tags,
        summary: putLabel.summary,
        params,
        body: Type.Omit(putLabel.input, ['label']),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await access.putLabel(input, callOf(request, reply)), 204)
    },
  )
  app.delete(
    '/labels/:label',
    { schema: { tags, summary: deleteLabel.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) =>
      answer(request, reply, await access.deleteLabel(request.params, callOf(request, reply)), 204),
  )
}
