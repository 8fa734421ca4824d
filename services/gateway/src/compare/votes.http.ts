import { comparisonOperations, Vote } from '@tessera/shared/contracts/model-router/comparisons'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems, writeProblems } from '../edge/route-schema.ts'

const { vote, listWinRates } = comparisonOperations
const tags = ['models']

export function addVotes(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.put(
    '/compare/:id/vote',
    {
      config: { scopes: ['models'] },
      schema: {
        tags,
        summary: vote.summary,
        params: Type.Pick(vote.input, ['id']),
        body: Vote,
        response: { 200: vote.output, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await models.vote(input, callOf(request, reply)))
    },
  )
  app.get(
    '/compare/win-rates',
    {
      schema: {
        tags,
        summary: listWinRates.summary,
        querystring: listWinRates.input,
        headers: readHeaders,
        response: { 200: listWinRates.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.listWinRates(request.query, callOf(request, reply)))
    },
  )
}
