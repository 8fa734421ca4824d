import { administrationOperations } from '@tessera/shared/contracts/access-control/administration'
import { ok } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { readHeaders, readProblems, shown, writeProblems } from '../edge/route-schema.ts'

const { listProposals, approveProposal, rejectProposal } = administrationOperations
const tags = ['administration']
const params = rejectProposal.input

export function addApprovals(app: App, { clients: { access }, callOf, atLeast, answer }: Edge): void {
  app.get(
    '/approvals',
    {
      schema: {
        tags,
        summary: listProposals.summary,
        querystring: Type.Omit(listProposals.input, ['atLeast']),
        headers: readHeaders,
        response: { 200: shown(listProposals.output), ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...atLeast(request) }
      return answer(request, reply, await access.listProposals(input, callOf(request, reply)))
    },
  )
  app.post(
    '/approvals/:id/approve',
    {
      schema: {
        tags,
        summary: approveProposal.summary,
        params,
        body: Type.Pick(approveProposal.input, ['hash']),
        response: { 200: shown(approveProposal.output), ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      const approved = valueOf(await access.approveProposal(input, callOf(request, reply)))
      return answer(request, reply, ok({ ...approved, result: withoutRevision(approved.result) }))
    },
  )
  app.post(
    '/approvals/:id/reject',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: rejectProposal.summary,
        params,
        response: { 200: shown(rejectProposal.output), ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await access.rejectProposal(request.params, callOf(request, reply))),
  )
}

/** What the change answered, as its own route would have: the revision is in the header. */
function withoutRevision(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return result
  const { revision: _, ...rest } = result as Record<string, unknown>
  return rest
}
