import { peopleOperations, User } from '@tessera/shared/contracts/access-control/people'
import { IdOf } from '@tessera/shared/ids/ids'
import { Name, NativeId, Page } from '@tessera/shared/contracts/names'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listUsers, createUser, updateUser, eraseUser, linkIdentity, unlinkIdentity } = peopleOperations
const tags = ['people']
const Identity = Type.Object({ name: Name, dataSourceId: IdOf('src'), nativeId: NativeId })

export function addUsers(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/users',
    {
      schema: {
        tags,
        summary: listUsers.summary,
        querystring: Type.Object({ ...Page, state: Type.Optional(User.properties.state) }),
        headers: readHeaders,
        response: { 200: shown(listUsers.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listUsers(input, callOf(request, reply)))
    },
  )
  app.post(
    '/users',
    {
      schema: {
        tags,
        summary: createUser.summary,
        body: createUser.input,
        response: { 201: shown(createUser.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.createUser(request.body, callOf(request, reply)), 201),
  )
  app.patch(
    '/users/:name',
    {
      schema: {
        tags,
        summary: updateUser.summary,
        params: Type.Object({ name: Name }),
        body: Type.Omit(updateUser.input, ['name']),
        response: { 200: shown(updateUser.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await access.updateUser(input, callOf(request, reply)))
    },
  )
  app.delete(
    '/users/:name',
    {
      schema: {
        tags,
        summary: eraseUser.summary,
        params: Type.Object({ name: Name }),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.eraseUser(request.params, callOf(request, reply)), 204),
  )
  app.put(
    '/users/:name/identities/:dataSourceId/:nativeId',
    {
      schema: {
        tags,
        summary: linkIdentity.summary,
        params: Identity,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const { name: user, ...identity } = request.params
      return answer(request, reply, await access.linkIdentity({ user, ...identity }, callOf(request, reply)), 204)
    },
  )
  app.delete(
    '/users/:name/identities/:dataSourceId/:nativeId',
    {
      schema: {
        tags,
        summary: unlinkIdentity.summary,
        params: Identity,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const { name: user, ...identity } = request.params
      return answer(request, reply, await access.unlinkIdentity({ user, ...identity }, callOf(request, reply)), 204)
    },
  )
}
