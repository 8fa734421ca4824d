import { guardrailOperations } from '@tessera/shared/contracts/model-router/guardrails'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems, writeProblems } from '../edge/route-schema.ts'

const { getGuardrails, putGuardrails } = guardrailOperations
const tags = ['models']

export function addGuardrails(app: App, { clients: { models }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/guardrails',
    {
      schema: {
        tags,
        summary: getGuardrails.summary,
        headers: readHeaders,
        response: { 200: getGuardrails.output, ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await models.getGuardrails({}, callOf(request, reply)))
    },
  )
  app.put(
    '/guardrails',
    {
      schema: {
        tags,
        summary: putGuardrails.summary,
        body: putGuardrails.input,
        response: { 200: putGuardrails.output, ...writeProblems },
      },
    },
    async (request, reply) => answer(request, reply, await models.putGuardrails(request.body, callOf(request, reply))),
  )
}
