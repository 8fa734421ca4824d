import { agentsContract } from '@tessera/shared/contracts/agents'
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

const { createConversation, listConversations, getConversation, deleteConversation } = agentsContract.operations
const tags = ['conversations']
const config = { scopes: ['ask'] } as const
const params = Type.Pick(getConversation.input, ['conversationId'])

export function addConversations(app: App, { clients: { agents }, callOf, atLeast, answer }: Edge): void {
  app.post(
    '/conversations',
    {
      config,
      schema: {
        tags,
        summary: createConversation.summary,
        headers: repeatHeaders,
        body: unkeyed(createConversation.input),
        response: { 201: createConversation.output, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await agents.createConversation(keyedBody(request), callOf(request, reply)), 201),
  )
  app.get(
    '/conversations',
    {
      config,
      schema: {
        tags,
        summary: listConversations.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: listConversations.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await agents.listConversations(request.query, callOf(request, reply)))
    },
  )
  app.get(
    '/conversations/:conversationId',
    {
      config,
      schema: {
        tags,
        summary: getConversation.summary,
        params,
        headers: readHeaders,
        response: { 200: shown(getConversation.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, ...atLeast(request) }
      return answer(request, reply, await agents.getConversation(input, callOf(request, reply)))
    },
  )
  app.delete(
    '/conversations/:conversationId',
    {
      config,
      schema: { tags, summary: deleteConversation.summary, params, response: { 204: noContent, ...writeProblems } },
    },
    async (request, reply) =>
      answer(request, reply, await agents.deleteConversation(request.params, callOf(request, reply)), 204),
  )
}
