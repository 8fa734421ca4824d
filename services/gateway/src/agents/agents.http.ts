import { agentsContract, AgentDefinition } from '@tessera/shared/contracts/agents'
import { IdOf } from '@tessera/shared/ids/ids'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody, keyOf } from '../edge/idempotency-key.ts'
import { readHeaders, readProblems, repeatHeaders, shown, unkeyed, writeProblems } from '../edge/route-schema.ts'

const { listAgents, createAgent, getAgent, updateAgent } = agentsContract.operations
const { createAgentVersion, publishAgentVersion } = agentsContract.operations
const tags = ['agents']
const params = Type.Object({ agentId: IdOf('agt') })

export function addAgents(app: App, edge: Edge): void {
  const { clients, callOf, atLeast, answer } = edge
  app.get(
    '/agents',
    {
      config: { scopes: ['ask'] },
      schema: {
        tags,
        summary: listAgents.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listAgents.output), ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await clients.agents.listAgents(request.query, callOf(request, reply)))
    },
  )
  app.get(
    '/agents/:agentId',
    {
      config: { scopes: ['ask'] },
      schema: {
        tags,
        summary: getAgent.summary,
        params: getAgent.input,
        headers: readHeaders,
        response: { 200: shown(getAgent.output), ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await clients.agents.getAgent(request.params, callOf(request, reply)))
    },
  )
  app.post(
    '/agents',
    {
      schema: {
        tags,
        summary: createAgent.summary,
        headers: repeatHeaders,
        body: unkeyed(createAgent.input),
        response: { 201: shown(createAgent.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await clients.agents.createAgent(keyedBody(request), callOf(request, reply)), 201),
  )
  app.patch(
    '/agents/:agentId',
    {
      schema: {
        tags,
        summary: updateAgent.summary,
        params,
        body: Type.Omit(updateAgent.input, ['agentId']),
        response: { 200: shown(updateAgent.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await clients.agents.updateAgent(input, callOf(request, reply)))
    },
  )
  addVersions(app, edge)
}

function addVersions(app: App, { clients, callOf, answer }: Edge): void {
  app.post(
    '/agents/:agentId/versions',
    {
      schema: {
        tags,
        summary: createAgentVersion.summary,
        params,
        headers: repeatHeaders,
        body: AgentDefinition,
        response: { 201: createAgentVersion.output, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, definition: request.body, ...keyOf(request) }
      return answer(request, reply, await clients.agents.createAgentVersion(input, callOf(request, reply)), 201)
    },
  )
  app.post(
    '/agents/:agentId/versions/:number/publish',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: publishAgentVersion.summary,
        params: publishAgentVersion.input,
        response: { 200: shown(publishAgentVersion.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await clients.agents.publishAgentVersion(request.params, callOf(request, reply))),
  )
}
