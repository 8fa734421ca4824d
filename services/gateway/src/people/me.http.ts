import { accessContract } from '@tessera/shared/contracts/access-control'
import { ok } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { identityOf } from '../edge/identity.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { getMe } = accessContract.operations
const { revision: _, ...me } = getMe.output.properties

export function addMe(app: App, edge: Edge): void {
  app.get(
    '/me',
    {
      config: { anybody: true },
      schema: {
        tags: ['people'],
        summary: getMe.summary,
        headers: readHeaders,
        response: {
          200: Type.Object({
            ...me,
            scopes: Type.Array(Type.String(), { description: 'What the credential of this request reaches.' }),
          }),
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      edge.atLeast(request)
      const found = await edge.clients.access.getMe({}, edge.callOf(request, reply))
      return edge.answer(request, reply, ok({ ...valueOf(found), scopes: identityOf(request).scopes }))
    },
  )
}
