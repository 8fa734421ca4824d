import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { fault, notFound } from '../edge/faults.ts'
import { uncheckedFindRunnable, type Wanted } from './agents.store.ts'
import { allowedAgents, type DefinitionDeps, type FindFault } from './verbs.ts'

/** What answers a question: a published version of an agent. */
export type Runnable = {
  readonly agentId: string
  readonly agentVersionId: string
  readonly version: {
    readonly instructions: string
    readonly model?: string
    /** Models that may answer instead. */
    readonly fallbacks: readonly string[]
    readonly passages?: number
  }
  /** What it may be asked for. */
  readonly purposes: readonly string[]
}

/** An agent that the caller may run, with its published version. One that is switched off is run by nobody, and so is not there. */
export async function findRunnable(
  { db, access }: DefinitionDeps,
  wanted: Wanted,
  call: Call,
  atLeast?: number,
): Promise<Result<Runnable, FindFault | Fault<'agents.not-published'>>> {
  const found = await uncheckedFindRunnable(db, call.caller, wanted)
  if (!found) return fail(notFound('agent' in wanted ? 'agent' : 'conversation'))
  const { agentId, active, versionId, instructions, model, fallbacks, passages, purposes } = found
  const allowed = await allowedAgents(access, 'run', [agentId], call, atLeast)
  if (!allowed.ok) return allowed
  if (!active || !allowed.value.ids.has(agentId)) return fail(notFound('agent'))
  if (versionId === null || instructions === null)
    return fail(fault('not-published', 'This agent has no published version yet.'))
  const version = versionOfRow({ instructions, model, fallbacks, passages })
  return ok({ agentId, agentVersionId: versionId, version, purposes: purposes ?? [] })
}

/** A version without what it leaves to others. */
export const versionOfRow = (row: {
  instructions: string
  model: string | null
  fallbacks: string[] | null
  passages: number | null
}) => ({
  instructions: row.instructions,
  fallbacks: row.fallbacks ?? [],
  ...(row.model === null ? {} : { model: row.model }),
  ...(row.passages === null ? {} : { passages: row.passages }),
})
