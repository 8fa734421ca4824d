import { labelOperations } from '@tessera/shared/contracts/access-control/labels'
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

const { listRedactionRules, createRedactionRule, deleteRedactionRule } = labelOperations
const tags = ['labels']

export function addRedactionRules(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/redaction-rules',
    {
      schema: {
        tags,
        summary: listRedactionRules.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listRedactionRules.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listRedactionRules(input, callOf(request, reply)))
    },
  )
  app.post(
    '/redaction-rules',
    {
      schema: {
        tags,
        summary: createRedactionRule.summary,
        headers: repeatHeaders,
        body: unkeyed(createRedactionRule.input),
        response: { 201: shown(createRedactionRule.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.createRedactionRule(keyedBody(request), callOf(request, reply)), 201),
  )
  app.delete(
    '/redaction-rules/:id',
    {
      schema: {
        tags,
        summary: deleteRedactionRule.summary,
        params: deleteRedactionRule.input,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.deleteRedactionRule(request.params, callOf(request, reply)), 204),
  )
}
