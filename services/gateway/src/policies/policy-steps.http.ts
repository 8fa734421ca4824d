import { policyOperations } from '@tessera/shared/contracts/access-control/policies'
import type { App } from '@tessera/shared/http/create-app'
import type { Edge } from '../edge/edge.ts'
import { readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { checkPolicySet, publishPolicySet, rollBackPolicies } = policyOperations
const tags = ['policies']
const config = { repeatable: true } as const

/** From a draft to what is in force, and back. */
export function addPolicySteps(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.post(
    '/policies/:id/check',
    {
      config,
      schema: {
        tags,
        summary: checkPolicySet.summary,
        params: checkPolicySet.input,
        headers: readHeaders,
        response: { 200: shown(checkPolicySet.output), ...readProblems },
      },
    },
    async (request, reply) => {
      atLeast(request)
      return answer(request, reply, await access.checkPolicySet(request.params, callOf(request, reply)))
    },
  )
  app.post(
    '/policies/:id/publish',
    {
      config,
      schema: {
        tags,
        summary: publishPolicySet.summary,
        params: publishPolicySet.input,
        response: { 200: shown(publishPolicySet.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.publishPolicySet(request.params, callOf(request, reply))),
  )
  app.post(
    '/policies/:id/roll-back',
    {
      config,
      schema: {
        tags,
        summary: rollBackPolicies.summary,
        params: rollBackPolicies.input,
        response: { 200: shown(rollBackPolicies.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.rollBackPolicies(request.params, callOf(request, reply))),
  )
}
