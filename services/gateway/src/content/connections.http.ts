import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody } from '../edge/idempotency-key.ts'
import { readHeaders, readProblems, repeatHeaders, unkeyed, writeProblems } from '../edge/route-schema.ts'

const { listConnections, createConnection } = connectorsContract.operations
const tags = ['content']

export function addConnections(app: App, { clients: { connectors }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/connections',
    {
      schema: {
        tags,
        summary: listConnections.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: listConnections.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await connectors.listConnections(request.query, callOf(request, reply)))
    },
  )
  app.post(
    '/connections',
    {
      schema: {
        tags,
        summary: createConnection.summary,
        headers: repeatHeaders,
        body: unkeyed(createConnection.input),
        response: { 201: createConnection.output, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await connectors.createConnection(keyedBody(request), callOf(request, reply)), 201),
  )
}
