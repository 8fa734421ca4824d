import type { Call } from '@tessera/shared/bus/call'
import type { Agent } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { invalid } from '../edge/faults.ts'
import { agentOf, findVersion } from './agents.store.ts'
import { findQuotes, type QuoteDeps } from './find-quotes.ts'
import { findSensitive } from './find-sensitive.ts'
import { type DefinitionDeps, findAgentFor } from './verbs.ts'
import { type WriteFault, writeFacts } from './write-facts.ts'

type Output = { agent: Static<typeof Agent>; warnings: string[]; revision: number }

/** Makes a version the one that runs, and lets the agent read where this version says, for the purposes that it states. Warns of what the instructions quote, and of what looks sensitive in them. */
export function createPublishAgentVersion(deps: DefinitionDeps & QuoteDeps) {
  return async function publishAgentVersion(
    { agentId, number }: { agentId: string; number: number },
    call: Call,
  ): Promise<Result<Output, WriteFault | Fault<'agents.not-found' | 'agents.invalid'>>> {
    const found = await findAgentFor(deps, 'publish', agentId, call)
    if (!found.ok) return found
    const version = await findVersion(deps.db, agentId, number)
    if (!version) return fail(invalid([{ field: '/number', rule: 'must be the number of a version of this agent' }]))
    const written = await writeFacts(deps, agentId, { published_version: number }, call)
    if (!written.ok) return written
    const { agent, revision } = written.value
    const { instructions } = version
    const quotes = await findQuotes(deps, { instructions, run: agent.grants.run }, call)
    return ok({ agent: agentOf(agent), warnings: [...findSensitive(instructions), ...quotes], revision })
  }
}
