import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { App } from '@tessera/shared/http/create-app'
import { IdOf } from '@tessera/shared/ids/ids'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { purposeHeaders, readHeaders, readProblems, shown } from '../edge/route-schema.ts'
import { PublicPassage } from './public-passage.ts'

const { getDocument } = retrievalContract.operations
const { after } = getDocument.input.properties
const usualLimit = 100

export function addWholeDocument(app: App, { clients: { retrieval }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/documents/:documentId',
    {
      config: { scopes: ['ask', 'search'] },
      schema: {
        tags: ['search'],
        summary: getDocument.summary,
        params: Type.Object({ documentId: IdOf('doc') }),
        querystring: Type.Object({
          after,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 300, default: usualLimit })),
        }),
        headers: Type.Object({ ...readHeaders.properties, ...purposeHeaders.properties }),
        response: {
          200: Type.Object({
            ...Type.Omit(shown(getDocument.output), ['contentVersion']).properties,
            passages: Type.Array(PublicPassage),
          }),
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      const { limit = usualLimit, ...page } = request.query
      const input = { ...request.params, ...page, limit, ...atLeast(request) }
      return answer(request, reply, await retrieval.getDocument(input, callOf(request, reply)))
    },
  )
}
