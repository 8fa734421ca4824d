import type { Call } from '@tessera/shared/bus/call'
import type { AgentVerb } from '@tessera/shared/contracts/access-control/common'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { AgentsDatabase } from '../database.ts'
import { agentName } from '../edge/callers.ts'
import { notFound, type ReadFault, readFault } from '../edge/faults.ts'
import type { Access } from '../read-sets/check-openable.ts'
import { type AgentRow, uncheckedFindAgent } from './agents.store.ts'

export type DefinitionDeps = { readonly db: AgentsDatabase; readonly access: Access }
export type FindFault = ReadFault | Fault<'agents.not-found'>

/** Which of these agents (by id) the caller may do this with. */
export async function allowedAgents(
  access: Access,
  verb: AgentVerb,
  agentIds: readonly string[],
  call: Call,
  atLeast?: number,
): Promise<Result<{ ids: ReadonlySet<string>; revision: number }, ReadFault>> {
  const agents = agentIds.map(agentName)
  const checked = await access.checkAgents(atLeast === undefined ? { verb, agents } : { verb, agents, atLeast }, call)
  if (!checked.ok) return fail(readFault(checked.fault))
  const allowed = new Set(checked.value.allowed)
  return ok({ ids: new Set(agentIds.filter((id) => allowed.has(agentName(id)))), revision: checked.value.revision })
}

/**
 * The agent, if the caller may do this with it. Who may not, but holds another verb on it, is refused; for everybody else there is no
 * such agent.
 */
export async function findAgentFor(
  { db, access }: DefinitionDeps,
  verb: AgentVerb,
  idOrHandle: string,
  call: Call,
): Promise<Result<AgentRow, FindFault>> {
  const agent = await uncheckedFindAgent(db, call.caller.workspaceId, idOrHandle)
  if (!agent) return fail(notFound('agent'))
  const allowed = await allowedAgents(access, verb, [agent.id], call)
  if (!allowed.ok) return allowed
  if (allowed.value.ids.has(agent.id)) return ok(agent)
  const known = await verbsOf({ access }, agent.id, call)
  if (!known.ok) return known
  if (known.value.verbs.size === 0) return fail(notFound('agent'))
  return fail(accessFaults.fault('forbidden', `You may not ${verb} this agent.`))
}

const every = ['run', 'read', 'edit', 'publish', 'administer'] as const

/** What the caller may do with an agent. Any verb makes it known to them. */
export async function verbsOf(
  { access }: Pick<DefinitionDeps, 'access'>,
  agentId: string,
  call: Call,
): Promise<Result<{ verbs: ReadonlySet<AgentVerb>; revision: number }, ReadFault>> {
  const checks = await Promise.all(every.map((verb) => allowedAgents(access, verb, [agentId], call)))
  const verbs = new Set<AgentVerb>()
  let revision = 0
  for (const [index, verb] of every.entries()) {
    const check = checks[index]
    if (!check) continue
    if (!check.ok) return check
    if (check.value.ids.has(agentId)) verbs.add(verb)
    revision = Math.max(revision, check.value.revision)
  }
  return ok({ verbs, revision })
}
