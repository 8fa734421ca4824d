import { questionOperations } from '@tessera/shared/contracts/access-control/questions'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { pastMoment, questionProblems, readHeaders, shown } from '../edge/route-schema.ts'

const { checkAccess, explain, listReaders, listReadable, simulate } = questionOperations
const tags = ['access']
/** They change nothing, so each may be sent again. */
const config = { repeatable: true } as const
/** What clients say otherwise: revisions are tokens, in a header or as `at`. */
const onTheBus = ['atRevision', 'atTime', 'atLeast'] as const

export function addQuestions(app: App, edge: Edge): void {
  const { clients, callOf, atLeast, answer } = edge
  app.post(
    '/access/check',
    {
      bodyLimit: 4 * 1024 * 1024,
      config,
      schema: {
        tags,
        summary: checkAccess.summary,
        headers: readHeaders,
        body: Type.Omit(checkAccess.input, ['atLeast']),
        response: { 200: shown(checkAccess.output), ...questionProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...atLeast(request) }
      return answer(request, reply, await clients.access.checkAccess(input, callOf(request, reply)))
    },
  )
  app.post(
    '/access/explain',
    {
      config,
      schema: {
        tags,
        summary: explain.summary,
        headers: readHeaders,
        body: Type.Object({ ...Type.Omit(explain.input, onTheBus).properties, ...pastMoment }),
        response: { 200: shown(explain.output), ...questionProblems },
      },
    },
    async (request, reply) => {
      const { question, ...moment } = request.body
      const input = { question, ...edge.asOf(request, moment), ...atLeast(request) }
      return answer(request, reply, await clients.access.explain(input, callOf(request, reply)))
    },
  )
  app.post(
    '/access/simulate',
    {
      bodyLimit: 4 * 1024 * 1024,
      config,
      schema: {
        tags,
        summary: simulate.summary,
        headers: readHeaders,
        body: Type.Omit(simulate.input, ['atLeast']),
        response: { 200: shown(simulate.output), ...questionProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...atLeast(request) }
      return answer(request, reply, await clients.access.simulate(input, callOf(request, reply)))
    },
  )
  addLists(app, edge)
}

function addLists(app: App, { clients, callOf, asOf, atLeast, answer }: Edge): void {
  app.post(
    '/access/readers',
    {
      config,
      schema: {
        tags,
        summary: listReaders.summary,
        headers: readHeaders,
        body: Type.Object({ ...Type.Omit(listReaders.input, onTheBus).properties, ...pastMoment }),
        response: { 200: shown(listReaders.output), ...questionProblems },
      },
    },
    async (request, reply) => {
      const { at: _at, atTime: _atTime, ...question } = request.body
      const input = { ...question, ...asOf(request, request.body), ...atLeast(request) }
      return answer(request, reply, await clients.access.listReaders(input, callOf(request, reply)))
    },
  )
  app.post(
    '/access/documents',
    {
      config,
      schema: {
        tags,
        summary: listReadable.summary,
        headers: readHeaders,
        body: Type.Object({ ...Type.Omit(listReadable.input, onTheBus).properties, ...pastMoment }),
        response: { 200: shown(listReadable.output), ...questionProblems },
      },
    },
    async (request, reply) => {
      const { at: _at, atTime: _atTime, ...question } = request.body
      const input = { ...question, ...asOf(request, request.body), ...atLeast(request) }
      return answer(request, reply, await clients.access.listReadable(input, callOf(request, reply)))
    },
  )
}
