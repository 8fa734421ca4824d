import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { fault, notFound } from '../edge/faults.ts'
import { findVersion, uncheckedFindAgent } from './agents.store.ts'
import { allowedAgents, type DefinitionDeps, type FindFault } from './verbs.ts'

/** An agent that the caller may run, with its published version. One that is switched off is run by nobody, and so is not there. */
export async function findRunnable(
  { db, access }: DefinitionDeps,
  idOrHandle: string,
  call: Call,
  atLeast?: number,
): Promise<Result<{ agentId: string; agentVersionId: string }, FindFault | Fault<'agents.not-published'>>> {
  const agent = await uncheckedFindAgent(db, call.caller.workspaceId, idOrHandle)
  if (!agent) return fail(notFound('agent'))
  const allowed = await allowedAgents(access, 'run', [agent.id], call, atLeast)
  if (!allowed.ok) return allowed
  if (!agent.active || !allowed.value.ids.has(agent.id)) return fail(notFound('agent'))
  const version =
    agent.published_version === null ? undefined : await findVersion(db, agent.id, agent.published_version)
  if (!version) return fail(fault('not-published', 'This agent has no published version yet.'))
  return ok({ agentId: agent.id, agentVersionId: version.id })
}
