import { auditOperations } from '@tessera/shared/contracts/access-control/audit'
import { Page } from '@tessera/shared/contracts/names'
import { ok } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { readHeaders, readProblems, RevisionToken, shown } from '../edge/route-schema.ts'

const { listDecisions, listCheckpoints } = auditOperations
const tags = ['audit']
const { properties: row } = listDecisions.output.properties.items.items

export function addDecisions(app: App, { clients: { access }, callOf, atLeast, answer, revisionToken }: Edge): void {
  app.get(
    '/audit/decisions',
    {
      schema: {
        tags,
        summary: listDecisions.summary,
        description:
          '`revision` is a token, for explaining the decision as of then; `body` is what was hashed, and holds it as a number.',
        querystring: listDecisions.input,
        headers: readHeaders,
        response: {
          200: Type.Object({
            ...shown(listDecisions.output).properties,
            items: Type.Array(Type.Object({ ...row, revision: RevisionToken })),
          }),
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      atLeast(request)
      const listed = valueOf(await access.listDecisions(request.query, callOf(request, reply)))
      const items = listed.items.map((item) => ({ ...item, revision: revisionToken(request, item.revision) }))
      return answer(request, reply, ok({ ...listed, items }))
    },
  )
  app.get(
    '/audit/checkpoints',
    {
      schema: {
        tags,
        summary: listCheckpoints.summary,
        description: '`revision` is a number here: it is what the signature covers.',
        querystring: Type.Object(Page),
        headers: readHeaders,
        response: { 200: shown(listCheckpoints.output), ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await access.listCheckpoints(request.query, callOf(request, reply)))
    },
  )
}
