import type { Static } from 'typebox'
import { administrationOperations, WorkspaceSettings } from '@tessera/shared/contracts/access-control/administration'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { noContent, readHeaders, readProblems, RevisionToken, writeProblems } from '../edge/route-schema.ts'

const { getWorkspace, updateWorkspace, resumeWorkspace } = administrationOperations
const tags = ['administration']
const { since } = WorkspaceSettings.properties.stopped.properties
const Workspace = Type.Object({
  workspace: Type.Object({
    ...WorkspaceSettings.properties,
    stopped: Type.Optional(Type.Object({ since, seenRevision: RevisionToken })),
  }),
})
type Answered = Result<{ workspace: Static<typeof WorkspaceSettings>; revision: number }>

export function addWorkspace(app: App, { clients: { access }, callOf, atLeast, answer, ...edge }: Edge): void {
  const answerSettings = (request: FastifyRequest, reply: FastifyReply, result: Answered) => {
    const { workspace, revision } = valueOf(result)
    const { stopped, ...settings } = workspace
    const seen = stopped && { ...stopped, seenRevision: edge.revisionToken(request, stopped.seenRevision) }
    return answer(request, reply, ok({ workspace: { ...settings, ...(seen && { stopped: seen }) }, revision }))
  }
  app.get(
    '/workspace',
    {
      schema: {
        tags,
        summary: getWorkspace.summary,
        headers: readHeaders,
        response: { 200: Workspace, ...readProblems },
      },
    },
    async (request, reply) =>
      answerSettings(request, reply, await access.getWorkspace(atLeast(request), callOf(request, reply))),
  )
  app.patch(
    '/workspace',
    {
      schema: {
        tags,
        summary: updateWorkspace.summary,
        body: updateWorkspace.input,
        response: { 200: Workspace, ...writeProblems },
      },
    },
    async (request, reply) =>
      answerSettings(request, reply, await access.updateWorkspace(request.body, callOf(request, reply))),
  )
  app.post(
    '/workspace/resume',
    {
      config: { repeatable: true },
      schema: {
        tags,
        summary: resumeWorkspace.summary,
        body: Type.Object({
          seenRevision: Type.String({ maxLength: 200, description: 'As `stopped` of the workspace states it.' }),
        }),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const seenRevision = edge.revisionOf(request, request.body.seenRevision, '/seenRevision')
      return answer(request, reply, await access.resumeWorkspace({ seenRevision }, callOf(request, reply)), 204)
    },
  )
}
