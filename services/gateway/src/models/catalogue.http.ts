import { CatalogueFacts, catalogueOperations } from '@tessera/shared/contracts/model-router/catalogue'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, writeProblems } from '../edge/route-schema.ts'

const { listCatalogue, putCatalogueModel, deleteCatalogueModel } = catalogueOperations
const tags = ['models']
const params = deleteCatalogueModel.input

export function addCatalogue(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/catalogue',
    {
      schema: {
        tags,
        summary: listCatalogue.summary,
        headers: readHeaders,
        response: { 200: listCatalogue.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.listCatalogue({}, callOf(request, reply)))
    },
  )
  app.put(
    '/catalogue/:model',
    {
      schema: {
        tags,
        summary: putCatalogueModel.summary,
        params,
        body: CatalogueFacts,
        response: { 200: putCatalogueModel.output, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, facts: request.body }
      return answer(request, reply, await models.putCatalogueModel(input, callOf(request, reply)))
    },
  )
  app.delete(
    '/catalogue/:model',
    { schema: { tags, summary: deleteCatalogueModel.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) =>
      answer(request, reply, await models.deleteCatalogueModel(request.params, callOf(request, reply)), 204),
  )
}
