import { questionOperations } from '@tessera/shared/contracts/access-control/questions'
import { Page } from '@tessera/shared/contracts/names'
import { ok } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { readHeaders, readProblems, RevisionToken, shown } from '../edge/route-schema.ts'

const { listChanges } = questionOperations
const { properties: change } = listChanges.output.properties.items.items

export function addChanges(app: App, { clients, callOf, atLeast, answer, revisionToken }: Edge): void {
  app.get(
    '/access/changes',
    {
      schema: {
        tags: ['access'],
        summary: listChanges.summary,
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: {
          200: Type.Object({
            ...shown(listChanges.output).properties,
            items: Type.Array(Type.Object({ ...change, revision: RevisionToken })),
          }),
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      const listed = valueOf(await clients.access.listChanges(input, callOf(request, reply)))
      const items = listed.items.map((item) => ({ ...item, revision: revisionToken(request, item.revision) }))
      return answer(request, reply, ok({ ...listed, items }))
    },
  )
}
