import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { IdOf } from '@tessera/shared/ids/ids'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { indexStatus } = retrievalContract.operations

export function addIndexStatus(app: App, { clients: { retrieval }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/data-sources/:dataSourceId/index',
    {
      schema: {
        tags: ['content'],
        summary: indexStatus.summary,
        params: Type.Object({ dataSourceId: IdOf('src') }),
        headers: readHeaders,
        response: { 200: indexStatus.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await retrieval.indexStatus(request.params, callOf(request, reply)))
    },
  )
}
