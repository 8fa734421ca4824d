import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { App } from '@tessera/shared/http/create-app'
import { problems } from '@tessera/shared/http/problem'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { proposeDigest, draftDigest, getDigests, approveDigest, withdrawDigest } = retrievalContract.operations
const tags = ['labels']
const address = '/passages/:id/digest'
const params = Type.Object({ id: withdrawDigest.input.properties.passageId })

export function addDigests(app: App, { clients: { retrieval }, callOf, atLeast, answer }: Edge): void {
  app.get(
    address,
    {
      schema: {
        tags,
        summary: getDigests.summary,
        params,
        headers: readHeaders,
        response: { 200: shown(getDigests.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { passageId: request.params.id, ...atLeast(request) }
      return answer(request, reply, await retrieval.getDigests(input, callOf(request, reply)))
    },
  )
  app.put(
    address,
    {
      schema: {
        tags,
        summary: proposeDigest.summary,
        params,
        body: Type.Pick(proposeDigest.input, ['text']),
        response: { 200: shown(proposeDigest.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, passageId: request.params.id }
      return answer(request, reply, await retrieval.proposeDigest(input, callOf(request, reply)))
    },
  )
  app.post(
    `${address}/draft`,
    {
      schema: {
        tags,
        summary: draftDigest.summary,
        params,
        body: Type.Pick(draftDigest.input, ['model']),
        response: { 200: shown(draftDigest.output), ...writeProblems, ...problems(422, 502, 504) },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, passageId: request.params.id }
      return answer(request, reply, await retrieval.draftDigest(input, callOf(request, reply)))
    },
  )
  app.post(
    `${address}/approve`,
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: approveDigest.summary,
        params,
        body: Type.Pick(approveDigest.input, ['hash']),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, passageId: request.params.id }
      return answer(request, reply, await retrieval.approveDigest(input, callOf(request, reply)), 204)
    },
  )
  app.delete(
    address,
    { schema: { tags, summary: withdrawDigest.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) => {
      const input = { passageId: request.params.id }
      return answer(request, reply, await retrieval.withdrawDigest(input, callOf(request, reply)), 204)
    },
  )
}
