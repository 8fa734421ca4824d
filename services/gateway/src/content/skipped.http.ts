import { connectorsContract } from '@tessera/shared/contracts/connectors'
import type { App } from '@tessera/shared/http/create-app'
import { IdOf } from '@tessera/shared/ids/ids'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems } from '../edge/route-schema.ts'

const { listSkipped } = connectorsContract.operations

export function addSkipped(app: App, { clients: { connectors }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/data-sources/:dataSourceId/skipped',
    {
      schema: {
        tags: ['content'],
        summary: listSkipped.summary,
        params: Type.Object({ dataSourceId: IdOf('src') }),
        querystring: Type.Omit(listSkipped.input, ['dataSourceId']),
        headers: readHeaders,
        response: { 200: listSkipped.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      const input = { ...request.query, ...request.params }
      return answer(request, reply, await connectors.listSkipped(input, callOf(request, reply)))
    },
  )
}
