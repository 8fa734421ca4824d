import { randomUUID } from 'node:crypto'
import type { Call } from '@tessera/shared/bus/call'
import type { AgentScope } from '@tessera/shared/contracts/access-control/facts'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { type Updateable, sql } from 'kysely'
import type { AgentsTables } from '../database.ts'
import { agentName } from '../edge/callers.ts'
import { fault, type ReadFault, writeFault } from '../edge/faults.ts'
import type { Access } from '../read-sets/check-openable.ts'
import { type AgentRow, findVersion, type VersionRow } from './agents.store.ts'
import type { DefinitionDeps } from './verbs.ts'

/** An agent without a published version reads nothing. */
const nowhere: AgentScope = { kind: 'selected' }

export type WriteFault = ReadFault | Fault<'access.invalid' | 'access.approval-required' | 'agents.conflict'>
type Change = Partial<Pick<AgentRow, 'title' | 'active' | 'grants' | 'published_version' | 'service_account'>>

/**
 * Changes an agent here and its facts in access-control. First the agent is claimed, so that nobody else changes it between the two; then access-control
 * is told, whose refusal leaves everything as it was; then the row changes. A process that dies in between leaves what access-control
 * knows ahead of the row, and the same request made again completes it.
 */
export async function writeFacts(
  deps: DefinitionDeps,
  agentId: string,
  change: Change,
  call: Call,
): Promise<Result<{ agent: AgentRow; revision: number }, WriteFault>> {
  const claim = randomUUID()
  const agent = await claimAgent(deps, agentId, claim)
  if (!agent) return fail(fault('conflict', 'Somebody else is changing this agent at the moment.'))
  const next = { ...agent, ...change }
  const put = await putFacts(deps, next, call)
  const done = await release(deps, agentId, claim, put.ok ? change : {})
  if (!put.ok) return put
  if (!done) return fail(fault('conflict', 'Somebody else changed this agent meanwhile.'))
  return ok({ agent: done, revision: put.value.revision })
}

const claimedSeconds = 30

const claimAgent = ({ db }: DefinitionDeps, agentId: string, claim: string) =>
  db
    .updateTable('agents')
    .set({ claimed_by: claim, claimed_until: sql<Date>`now() + ${claimedSeconds} * interval '1 second'` })
    .where('id', '=', agentId)
    .where((row) => row.or([row('claimed_until', 'is', null), row('claimed_until', '<', sql<Date>`now()`)]))
    .returningAll()
    .executeTakeFirst()

function release({ db }: DefinitionDeps, agentId: string, claim: string, { grants, ...rest }: Change) {
  const changed: Updateable<AgentsTables['agents']> = grants ? { ...rest, grants: JSON.stringify(grants) } : rest
  return db
    .updateTable('agents')
    .set({ ...changed, known: true, claimed_by: null, claimed_until: null })
    .where('id', '=', agentId)
    .where('claimed_by', '=', claim)
    .returningAll()
    .executeTakeFirst()
}

type Facts = Pick<AgentRow, 'id' | 'active' | 'grants' | 'published_version' | 'service_account'>

async function putFacts(deps: DefinitionDeps, facts: Facts, call: Call) {
  const { published_version: number } = facts
  const published = number === null ? undefined : await findVersion(deps.db, facts.id, number)
  return putAgent(deps.access, facts, published, call)
}

/**
 * Tells access-control whether an agent is active, where it reads (by its published version), what for, as whom without a person, and who may do what with
 * it. Safe to repeat.
 */
export async function putAgent(
  access: Access,
  { id, active, grants, service_account }: Omit<Facts, 'published_version'>,
  published: Pick<VersionRow, 'scope' | 'except_document_ids' | 'purposes'> | undefined,
  call: Call,
): Promise<Result<{ revision: number }, Exclude<WriteFault, Fault<'agents.conflict'>>>> {
  const facts = {
    ...{ agent: agentName(id), active, grants, scope: published?.scope ?? nowhere },
    ...(published && published.except_document_ids.length > 0
      ? { exceptDocumentIds: published.except_document_ids }
      : {}),
    ...(published && published.purposes.length > 0 ? { purposes: published.purposes } : {}),
    ...(service_account === null ? {} : { serviceAccount: service_account }),
  }
  const put = await access.putAgent(facts, call)
  return put.ok ? ok(put.value) : fail(writeFault(put.fault))
}
