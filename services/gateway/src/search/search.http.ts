import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { App } from '@tessera/shared/http/create-app'
import { problems } from '@tessera/shared/http/problem'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { purposeHeaders, readHeaders, readProblems, shown } from '../edge/route-schema.ts'
import { PublicFoundPassage, PublicPassage } from './public-passage.ts'

const { search, getPassage } = retrievalContract.operations
const tags = ['search']

export function addSearch(app: App, { clients: { retrieval }, callOf, atLeast, answer }: Edge): void {
  app.post(
    '/search',
    {
      config: { scopes: ['search'], repeatable: true },
      schema: {
        tags,
        summary: search.summary,
        headers: Type.Object({ ...readHeaders.properties, ...purposeHeaders.properties }),
        body: Type.Omit(search.input, ['atLeast', 'audience', 'unclearedLabels']),
        response: {
          200: Type.Object({ ...shown(search.output).properties, passages: Type.Array(PublicFoundPassage) }),
          ...readProblems,
          ...problems(413, 422, 502, 504),
        },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...atLeast(request) }
      return answer(request, reply, await retrieval.search(input, callOf(request, reply)))
    },
  )
  app.get(
    '/citations/:id',
    {
      config: { scopes: ['ask', 'search'] },
      schema: {
        tags,
        summary: getPassage.summary,
        params: Type.Object({ id: getPassage.input.properties.passageId }),
        headers: readHeaders,
        response: {
          200: Type.Object({
            ...shown(getPassage.output).properties,
            passage: PublicPassage,
            before: Type.Array(PublicPassage),
            after: Type.Array(PublicPassage),
          }),
          ...readProblems,
        },
      },
    },
    async (request, reply) => {
      const input = { passageId: request.params.id, ...atLeast(request) }
      return answer(request, reply, await retrieval.getPassage(input, callOf(request, reply)))
    },
  )
}
