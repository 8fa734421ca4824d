import { accessContract } from '@tessera/shared/contracts/access-control'
import { IdOf } from '@tessera/shared/ids/ids'
import { Name, Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody } from '../edge/idempotency-key.ts'
import {
  noContent,
  readHeaders,
  readProblems,
  repeatHeaders,
  shown,
  unkeyed,
  writeProblems,
} from '../edge/route-schema.ts'

const { listGroups, createGroup, deleteGroup } = accessContract.operations
const tags = ['people']

export function addGroups(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/groups',
    {
      schema: {
        tags,
        summary: listGroups.summary,
        querystring: Type.Object({ ...Page, dataSourceId: Type.Optional(IdOf('src')) }),
        headers: readHeaders,
        response: { 200: shown(listGroups.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listGroups(input, callOf(request, reply)))
    },
  )
  app.post(
    '/groups',
    {
      schema: {
        tags,
        summary: createGroup.summary,
        headers: repeatHeaders,
        body: unkeyed(createGroup.input),
        response: { 201: shown(createGroup.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.createGroup(keyedBody(request), callOf(request, reply)), 201),
  )
  app.delete(
    '/groups/:name',
    {
      schema: {
        tags,
        summary: deleteGroup.summary,
        params: Type.Object({ name: Name }),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.deleteGroup(request.params, callOf(request, reply)), 204),
  )
}
