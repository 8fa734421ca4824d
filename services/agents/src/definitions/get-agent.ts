import type { Call } from '@tessera/shared/bus/call'
import type { Agent, AgentGrants, AgentVersion } from '@tessera/shared/contracts/agents'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { notFound } from '../edge/faults.ts'
import { agentOf, uncheckedFindAgent, versionOf } from './agents.store.ts'
import { type DefinitionDeps, type FindFault, verbsOf } from './verbs.ts'

type Output = {
  agent: Static<typeof Agent>
  versions?: Static<typeof AgentVersion>[]
  grants?: Static<typeof AgentGrants>
  revision: number
}

/** An agent: its name for who may run it, its versions for who may read them, and its grants for who administers it, too. */
export function createGetAgent({ db, access }: DefinitionDeps) {
  return async function getAgent({ agentId }: { agentId: string }, call: Call): Promise<Result<Output, FindFault>> {
    const agent = await uncheckedFindAgent(db, call.caller.workspaceId, agentId)
    if (!agent) return fail(notFound('agent'))
    const checked = await verbsOf({ access }, agent.id, call)
    if (!checked.ok) return checked
    const { verbs, revision } = checked.value
    if (verbs.size === 0) return fail(notFound('agent'))
    const output: Output = { agent: agentOf(agent), revision }
    if (verbs.has('read')) output.versions = (await fetchVersions(db, agent.id)).map(versionOf)
    if (verbs.has('read') || verbs.has('administer')) output.grants = agent.grants
    return ok(output)
  }
}

const fetchVersions = (db: DefinitionDeps['db'], agentId: string) =>
  db.selectFrom('agent_versions').selectAll().where('agent_id', '=', agentId).orderBy('number').execute()
