import type { Call } from '@tessera/shared/bus/call'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { Agent, agentsContract } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { requireActive } from '../edge/require-active.ts'
import { agentOf } from './agents.store.ts'
import { type DefinitionDeps, findAgentFor } from './verbs.ts'
import { type WriteFault, writeFacts } from './write-facts.ts'

type Input = InputOf<(typeof agentsContract)['operations']['updateAgent']>
type Output = { agent: Static<typeof Agent>; revision: number }

/**
 * The title is for those who may edit; whether it is active, who may do what with it, and as whom it reads without a person, for those who administer it.
 * Who asks for both needs both.
 */
export function createUpdateAgent(deps: DefinitionDeps) {
  return async function updateAgent(
    { agentId, title, active, grants, serviceAccount }: Input,
    call: Call,
  ): Promise<Result<Output, WriteFault | Fault<'agents.not-found'>>> {
    const administers = active !== undefined || grants !== undefined || serviceAccount !== undefined
    const found = await findAgentFor(deps, administers ? 'administer' : 'edit', agentId, call)
    if (!found.ok) return found
    const titled = title === undefined ? {} : { title }
    if (administers) {
      const edits = title === undefined ? found : await findAgentFor(deps, 'edit', agentId, call)
      if (!edits.ok) return edits
      const facts = {
        ...titled,
        ...(active === undefined ? {} : { active }),
        ...(grants === undefined ? {} : { grants: { ...found.value.grants, ...grants } }),
        ...(serviceAccount === undefined ? {} : { service_account: serviceAccount }),
      }
      const written = await writeFacts(deps, found.value.id, facts, call)
      return written.ok ? ok({ agent: agentOf(written.value.agent), revision: written.value.revision }) : written
    }
    const agent = await deps.db
      .updateTable('agents')
      .set({ title: title ?? found.value.title })
      .where('id', '=', found.value.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const now = await requireActive(deps.access, call)
    return now.ok ? ok({ agent: agentOf(agent), revision: now.value.revision }) : now
  }
}
