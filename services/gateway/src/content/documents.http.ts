import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { IdOf } from '@tessera/shared/ids/ids'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'
import { PublicPassage } from '../search/public-passage.ts'

const { getDocument, deleteDocument } = connectorsContract.operations
const tags = ['content']
export const documentParams = (maxLength: number) =>
  Type.Object({
    dataSourceId: IdOf('src'),
    externalId: Type.String({
      minLength: 1,
      maxLength,
      description: "The document's id in its source, URL-encoded; a slash in it is `%2F`.",
    }),
  })
export const documentAddress = '/data-sources/:dataSourceId/documents/:externalId'

export function addDocuments(app: App, edge: Edge): void {
  const { clients, callOf, atLeast, answer } = edge
  app.get(
    documentAddress,
    {
      config: { scopes: ['ask', 'search'] },
      schema: {
        tags,
        summary: getDocument.summary,
        params: documentParams(2000),
        headers: readHeaders,
        response: {
          200: Type.Object({
            ...shown(getDocument.output).properties,
            passages: Type.Array(PublicPassage),
          }),
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, ...atLeast(request) }
      return answer(request, reply, await clients.connectors.getDocument(input, callOf(request, reply)))
    },
  )
  app.delete(
    documentAddress,
    {
      config: { scopes: ['push'] },
      schema: {
        tags,
        summary: deleteDocument.summary,
        params: documentParams(2000),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await clients.connectors.deleteDocument(request.params, callOf(request, reply)), 204),
  )
}
