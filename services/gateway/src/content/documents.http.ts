import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { IdOf } from '@tessera/shared/ids/ids'
import type { App } from '@tessera/shared/http/create-app'
import { problems } from '@tessera/shared/http/problem'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'
import { PublicPassage } from '../search/public-passage.ts'

const { putDocument, getDocument, deleteDocument } = connectorsContract.operations
const tags = ['content']
const params = Type.Object({
  dataSourceId: IdOf('src'),
  externalId: Type.String({
    minLength: 1,
    maxLength: 1000,
    description: "The document's id in its source, URL-encoded; a slash in it is `%2F`.",
  }),
})
const address = '/data-sources/:dataSourceId/documents/:externalId'

export function addDocuments(app: App, edge: Edge): void {
  const { clients, callOf, atLeast, answer } = edge
  app.put(
    address,
    {
      // As much as one message on the bus may hold.
      bodyLimit: 8 * 1024 * 1024,
      config: { scopes: ['push'] },
      schema: {
        tags,
        summary: putDocument.summary,
        params,
        querystring: Type.Object({
          wait: Type.Optional(
            Type.Literal('indexed', { description: 'Answers once search can find it, at most after a minute.' }),
          ),
        }),
        body: Type.Pick(putDocument.input, ['content', 'access']),
        response: { 200: shown(putDocument.output), ...writeProblems, ...problems(422) },
      },
    },
    async (request, reply) => {
      const waitIndexed = request.query.wait === 'indexed'
      const input = { ...request.body, ...request.params, ...(waitIndexed && { waitIndexed }) }
      return answer(request, reply, await clients.connectors.putDocument(input, callOf(request, reply)))
    },
  )
  app.get(
    address,
    {
      config: { scopes: ['ask', 'search'] },
      schema: {
        tags,
        summary: getDocument.summary,
        params,
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
    address,
    {
      config: { scopes: ['push'] },
      schema: { tags, summary: deleteDocument.summary, params, response: { 204: noContent, ...writeProblems } },
    },
    async (request, reply) =>
      answer(request, reply, await clients.connectors.deleteDocument(request.params, callOf(request, reply)), 204),
  )
}
