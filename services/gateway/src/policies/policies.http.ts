import { policyOperations } from '@tessera/shared/contracts/access-control/policies'
import { Page } from '@tessera/shared/contracts/names'
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

const { getPolicySchema, listPolicySets, getPolicySet, createPolicySet, updatePolicySet, deletePolicySet } =
  policyOperations
const tags = ['policies']
const params = deletePolicySet.input
/** A set may hold 64 KiB of Cedar and 500 tests. */
const bodyLimit = 4 * 1024 * 1024

export function addPolicies(app: App, edge: Edge): void {
  const { clients, callOf, atLeast, answer } = edge
  app.get(
    '/policies',
    {
      schema: {
        tags,
        summary: listPolicySets.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listPolicySets.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await clients.access.listPolicySets(input, callOf(request, reply)))
    },
  )
  app.get(
    '/policies/schema',
    {
      schema: {
        tags,
        summary: getPolicySchema.summary,
        headers: readHeaders,
        response: { 200: getPolicySchema.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await clients.access.getPolicySchema({}, callOf(request, reply)))
    },
  )
  app.get(
    '/policies/:id',
    {
      schema: {
        tags,
        summary: getPolicySet.summary,
        params,
        headers: readHeaders,
        response: { 200: shown(getPolicySet.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, ...atLeast(request) }
      return answer(request, reply, await clients.access.getPolicySet(input, callOf(request, reply)))
    },
  )
  addDrafts(app, edge)
}

function addDrafts(app: App, { clients: { access }, callOf, answer }: Edge): void {
  app.post(
    '/policies',
    {
      bodyLimit,
      schema: {
        tags,
        summary: createPolicySet.summary,
        headers: repeatHeaders,
        body: unkeyed(createPolicySet.input),
        response: { 201: shown(createPolicySet.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.createPolicySet(keyedBody(request), callOf(request, reply)), 201),
  )
  app.patch(
    '/policies/:id',
    {
      bodyLimit,
      schema: {
        tags,
        summary: updatePolicySet.summary,
        params,
        body: Type.Omit(updatePolicySet.input, ['id']),
        response: { 200: shown(updatePolicySet.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await access.updatePolicySet(input, callOf(request, reply)))
    },
  )
  app.delete(
    '/policies/:id',
    { schema: { tags, summary: deletePolicySet.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) =>
      answer(request, reply, await access.deletePolicySet(request.params, callOf(request, reply)), 204),
  )
}
