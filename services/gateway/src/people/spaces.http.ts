import { accessContract } from '@tessera/shared/contracts/access-control'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody } from '../edge/idempotency-key.ts'
import { readHeaders, readProblems, repeatHeaders, shown, unkeyed, writeProblems } from '../edge/route-schema.ts'

const { listSpaces, createSpace } = accessContract.operations
const tags = ['people']

export function addSpaces(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/spaces',
    {
      schema: {
        tags,
        summary: listSpaces.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listSpaces.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listSpaces(input, callOf(request, reply)))
    },
  )
  app.post(
    '/spaces',
    {
      schema: {
        tags,
        summary: createSpace.summary,
        headers: repeatHeaders,
        body: unkeyed(createSpace.input),
        response: { 201: shown(createSpace.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.createSpace(keyedBody(request), callOf(request, reply)), 201),
  )
}
