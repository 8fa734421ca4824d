import { accessContract } from '@tessera/shared/contracts/access-control'
import { Membership } from '@tessera/shared/contracts/access-control/people'
import { Name, Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listMemberships, addMembership, removeMembership } = accessContract.operations
const tags = ['people']

export function addMemberships(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/memberships',
    {
      schema: {
        tags,
        summary: listMemberships.summary,
        querystring: Type.Object({ ...Page, container: Type.Optional(Name), member: Type.Optional(Name) }),
        headers: readHeaders,
        response: { 200: shown(listMemberships.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listMemberships(input, callOf(request, reply)))
    },
  )
  app.put(
    '/memberships/:container/:member',
    {
      schema: {
        tags,
        summary: addMembership.summary,
        params: Membership,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.addMembership(request.params, callOf(request, reply)), 204),
  )
  app.delete(
    '/memberships/:container/:member',
    {
      schema: {
        tags,
        summary: removeMembership.summary,
        params: Membership,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.removeMembership(request.params, callOf(request, reply)), 204),
  )
}
