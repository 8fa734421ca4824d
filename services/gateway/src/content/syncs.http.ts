import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { IdOf } from '@tessera/shared/ids/ids'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems, writeProblems } from '../edge/route-schema.ts'

const { startSync, getSync, listSyncs } = connectorsContract.operations
const tags = ['content']
const params = Type.Object({ dataSourceId: IdOf('src') })

export function addSyncs(app: App, { clients: { connectors }, callOf, atLeast, answer }: Edge): void {
  app.post(
    '/data-sources/:dataSourceId/syncs',
    {
      config: { repeatable: true },
      schema: { tags, summary: startSync.summary, params, response: { 202: startSync.output, ...writeProblems } },
    },
    async (request, reply) =>
      answer(request, reply, await connectors.startSync(request.params, callOf(request, reply)), 202),
  )
  app.get(
    '/data-sources/:dataSourceId/syncs',
    {
      schema: {
        tags,
        summary: listSyncs.summary,
        params,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: listSyncs.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      const input = { ...request.query, ...request.params }
      return answer(request, reply, await connectors.listSyncs(input, callOf(request, reply)))
    },
  )
  app.get(
    '/data-sources/:dataSourceId/syncs/:syncId',
    {
      schema: {
        tags,
        summary: getSync.summary,
        params: getSync.input,
        headers: readHeaders,
        response: { 200: getSync.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await connectors.getSync(request.params, callOf(request, reply)))
    },
  )
}
