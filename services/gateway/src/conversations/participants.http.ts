import { agentsContract } from '@tessera/shared/contracts/agents'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems, writeProblems } from '../edge/route-schema.ts'

const { addParticipant, acceptInvitation, leaveConversation, removeParticipant, listParticipants } =
  agentsContract.operations
const tags = ['conversations']
const config = { scopes: ['ask'] } as const
const repeatable = { ...config, repeatable: true } as const
const conversation = listParticipants.input
/** They change no access facts, so there is no revision to name. */
const done = Type.Null({ description: 'Done.' })

export function addParticipants(app: App, { clients: { agents }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/conversations/:conversationId/participants',
    {
      config,
      schema: {
        tags,
        summary: listParticipants.summary,
        params: conversation,
        headers: readHeaders,
        response: { 200: listParticipants.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await agents.listParticipants(request.params, callOf(request, reply)))
    },
  )
  app.put(
    '/conversations/:conversationId/participants/:name',
    {
      config,
      schema: {
        tags,
        summary: addParticipant.summary,
        params: addParticipant.input,
        response: { 200: addParticipant.output, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await agents.addParticipant(request.params, callOf(request, reply))),
  )
  app.delete(
    '/conversations/:conversationId/participants/:name',
    {
      config,
      schema: {
        tags,
        summary: removeParticipant.summary,
        params: removeParticipant.input,
        response: { 204: done, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await agents.removeParticipant(request.params, callOf(request, reply)), 204),
  )
  app.post(
    '/conversations/:conversationId/accept',
    {
      config: repeatable,
      schema: {
        tags,
        summary: acceptInvitation.summary,
        params: conversation,
        response: { 200: acceptInvitation.output, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await agents.acceptInvitation(request.params, callOf(request, reply))),
  )
  app.post(
    '/conversations/:conversationId/leave',
    {
      config: repeatable,
      schema: {
        tags,
        summary: leaveConversation.summary,
        params: conversation,
        response: { 204: done, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await agents.leaveConversation(request.params, callOf(request, reply)), 204),
  )
}
