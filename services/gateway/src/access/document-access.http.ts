import { factOperations } from '@tessera/shared/contracts/access-control/facts'
import type { App } from '@tessera/shared/http/create-app'
import { IdOf } from '@tessera/shared/ids/ids'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { noContent, pastMoment, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { getDocumentAccess, putDocumentLayer } = factOperations
const tags = ['access']
const address = '/documents/:documentId/access'
const params = Type.Object({ documentId: IdOf('doc') })

export function addDocumentAccess(
  app: App,
  { clients: { access, agents }, callOf, asOf, atLeast, answer }: Edge,
): void {
  app.get(
    address,
    {
      schema: {
        tags,
        summary: getDocumentAccess.summary,
        params,
        querystring: Type.Object(pastMoment),
        headers: readHeaders,
        response: { 200: shown(getDocumentAccess.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, ...asOf(request, request.query), ...atLeast(request) }
      return answer(request, reply, await access.getDocumentAccess(input, callOf(request, reply)))
    },
  )
  app.put(
    address,
    {
      bodyLimit: 4 * 1024 * 1024,
      schema: {
        tags,
        summary: putDocumentLayer.summary,
        params,
        body: Type.Omit(putDocumentLayer.input, ['documentId']),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await access.putDocumentLayer(input, callOf(request, reply)), 204)
    },
  )
  app.post(
    '/documents/:documentId/erase',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary:
          'Erases a document that was deleted: every text that was made from it, and what ties the decision log to it. Admins.',
        params,
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      // Texts first: repeated after a failure, it finds what is left.
      const call = callOf(request, reply)
      valueOf(await agents.eraseDerived(request.params, call))
      return answer(request, reply, await access.eraseDocument(request.params, call), 204)
    },
  )
}
