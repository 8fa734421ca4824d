import { peopleOperations } from '@tessera/shared/contracts/access-control/people'
import { IdOf } from '@tessera/shared/ids/ids'
import { Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listKeys, createKey, rotateKey, revokeKey } = peopleOperations
const tags = ['people']

export function addKeys(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/keys',
    {
      schema: {
        tags,
        summary: listKeys.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listKeys.output), ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await access.listKeys(request.query, callOf(request, reply)))
    },
  )
  app.post(
    '/keys',
    {
      schema: {
        tags,
        summary: createKey.summary,
        body: createKey.input,
        response: { 201: shown(createKey.output), ...writeProblems },
      },
    },
    async (request, reply) => answer(request, reply, await access.createKey(request.body, callOf(request, reply)), 201),
  )
  app.post(
    '/keys/:id/rotate',
    {
      schema: {
        tags,
        summary: rotateKey.summary,
        params: Type.Pick(rotateKey.input, ['id']),
        body: Type.Omit(rotateKey.input, ['id']),
        response: { 200: shown(rotateKey.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await access.rotateKey(input, callOf(request, reply)))
    },
  )
  app.delete(
    '/keys/:id',
    {
      schema: {
        tags,
        summary: revokeKey.summary,
        params: Type.Object({ id: IdOf('key') }),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.revokeKey(request.params, callOf(request, reply)), 204),
  )
}
