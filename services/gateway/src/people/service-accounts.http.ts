import { accessContract } from '@tessera/shared/contracts/access-control'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody } from '../edge/idempotency-key.ts'
import { readHeaders, readProblems, repeatHeaders, shown, unkeyed, writeProblems } from '../edge/route-schema.ts'

const { listServiceAccounts, createServiceAccount } = accessContract.operations
const tags = ['people']

export function addServiceAccounts(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/service-accounts',
    {
      schema: {
        tags,
        summary: listServiceAccounts.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listServiceAccounts.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listServiceAccounts(input, callOf(request, reply)))
    },
  )
  app.post(
    '/service-accounts',
    {
      schema: {
        tags,
        summary: createServiceAccount.summary,
        headers: repeatHeaders,
        body: unkeyed(createServiceAccount.input),
        response: { 201: shown(createServiceAccount.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.createServiceAccount(keyedBody(request), callOf(request, reply)), 201),
  )
}
