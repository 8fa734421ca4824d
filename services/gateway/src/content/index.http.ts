import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { indexStatus, startReindex, stopReindex, reconcileIndex } = retrievalContract.operations
const tags = ['content']

/** The search index of the workspace as a whole, for admins. */
export function addIndex(app: App, { clients: { retrieval }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/index',
    {
      schema: {
        tags,
        summary: indexStatus.summary,
        headers: readHeaders,
        response: { 200: indexStatus.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await retrieval.indexStatus({}, callOf(request, reply)))
    },
  )
  app.post(
    '/index/reindex',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: startReindex.summary,
        body: startReindex.input,
        response: { 202: shown(startReindex.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await retrieval.startReindex(request.body, callOf(request, reply)), 202),
  )
  app.post(
    '/index/reindex/stop',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: stopReindex.summary,
        response: { 200: shown(stopReindex.output), ...writeProblems },
      },
    },
    async (request, reply) => answer(request, reply, await retrieval.stopReindex({}, callOf(request, reply))),
  )
  app.post(
    '/index/reconcile',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: reconcileIndex.summary,
        response: { 202: shown(reconcileIndex.output), ...writeProblems },
      },
    },
    async (request, reply) => answer(request, reply, await retrieval.reconcileIndex({}, callOf(request, reply)), 202),
  )
}
