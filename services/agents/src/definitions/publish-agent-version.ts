import type { Call } from '@tessera/shared/bus/call'
import type { Agent } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { invalid } from '../edge/faults.ts'
import { agentOf, findVersion } from './agents.store.ts'
import { type DefinitionDeps, findAgentFor } from './verbs.ts'
import { type WriteFault, writeFacts } from './write-facts.ts'

type Output = { agent: Static<typeof Agent>; revision: number }

/** Makes a version the one that runs, and lets the agent read where this version says. */
export function createPublishAgentVersion(deps: DefinitionDeps) {
  return async function publishAgentVersion(
    { agentId, number }: { agentId: string; number: number },
    call: Call,
  ): Promise<Result<Output, WriteFault | Fault<'agents.not-found' | 'agents.invalid'>>> {
    const found = await findAgentFor(deps, 'publish', agentId, call)
    if (!found.ok) return found
    if (!(await findVersion(deps.db, agentId, number)))
      return fail(invalid([{ field: '/number', rule: 'must be the number of a version of this agent' }]))
    const written = await writeFacts(deps, agentId, { published_version: number }, call)
    return written.ok ? ok({ agent: agentOf(written.value.agent), revision: written.value.revision }) : written
  }
}
