import { BudgetDefinition, budgetOperations } from '@tessera/shared/contracts/model-router/budgets'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyedBody } from '../edge/idempotency-key.ts'
import { noContent, readHeaders, readProblems, repeatHeaders, writeProblems } from '../edge/route-schema.ts'

const { listBudgets, createBudget, updateBudget, deleteBudget } = budgetOperations
const tags = ['models']
const params = deleteBudget.input

export function addBudgets(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/budgets',
    {
      config: { scopes: ['models', 'ask'] },
      schema: {
        tags,
        summary: listBudgets.summary,
        headers: readHeaders,
        response: { 200: listBudgets.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.listBudgets({}, callOf(request, reply)))
    },
  )
  app.post(
    '/budgets',
    {
      schema: {
        tags,
        summary: createBudget.summary,
        headers: repeatHeaders,
        body: BudgetDefinition,
        response: { 201: createBudget.output, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await models.createBudget(keyedBody(request), callOf(request, reply)), 201),
  )
  app.patch(
    '/budgets/:id',
    {
      schema: {
        tags,
        summary: updateBudget.summary,
        params,
        body: Type.Omit(updateBudget.input, ['id']),
        response: { 200: updateBudget.output, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await models.updateBudget(input, callOf(request, reply)))
    },
  )
  app.delete(
    '/budgets/:id',
    { schema: { tags, summary: deleteBudget.summary, params, response: { 204: noContent, ...writeProblems } } },
    async (request, reply) =>
      answer(request, reply, await models.deleteBudget(request.params, callOf(request, reply)), 204),
  )
}
