import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { IdOf } from '@tessera/shared/ids/ids'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody } from '../edge/idempotency-key.ts'
import { readHeaders, readProblems, repeatHeaders, shown, unkeyed, writeProblems } from '../edge/route-schema.ts'

const { listDataSources, createDataSource, getDataSource, putDirectory } = connectorsContract.operations
const tags = ['content']
const params = Type.Object({ dataSourceId: IdOf('src') })

export function addDataSources(app: App, { clients: { connectors }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/data-sources',
    {
      schema: {
        tags,
        summary: listDataSources.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: listDataSources.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await connectors.listDataSources(request.query, callOf(request, reply)))
    },
  )
  app.post(
    '/data-sources',
    {
      schema: {
        tags,
        summary: createDataSource.summary,
        headers: repeatHeaders,
        body: unkeyed(createDataSource.input),
        response: { 201: shown(createDataSource.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await connectors.createDataSource(keyedBody(request), callOf(request, reply)), 201),
  )
  app.get(
    '/data-sources/:dataSourceId',
    {
      schema: {
        tags,
        summary: getDataSource.summary,
        params,
        headers: readHeaders,
        response: { 200: getDataSource.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await connectors.getDataSource(request.params, callOf(request, reply)))
    },
  )
  app.put(
    '/data-sources/:dataSourceId/directory',
    {
      bodyLimit: 8 * 1024 * 1024,
      config: { scopes: ['push'] },
      schema: {
        tags,
        summary: putDirectory.summary,
        params,
        body: Type.Omit(putDirectory.input, ['dataSourceId']),
        response: { 200: shown(putDirectory.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await connectors.putDirectory(input, callOf(request, reply)))
    },
  )
}
