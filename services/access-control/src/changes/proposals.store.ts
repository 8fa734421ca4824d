import { createHash } from 'node:crypto'
import type { Call } from '@tessera/shared/bus/call'
import type { Proposal } from '@tessera/shared/contracts/access-control/administration'
import { inTransaction } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { newId } from '@tessera/shared/ids/ids'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Static } from 'typebox'
import type { AccessTables } from '../database.ts'
import { fault, unknown, type WriteFault } from '../faults.ts'
import { canonicalJson, type Json } from '../log/canonical-json.ts'
import type { LogWriter } from '../log/writer.ts'
import { findCaller, roleFault } from '../people/may.ts'
import type { Approval, Change } from './writer.ts'

/** How long a proposal waits. */
const WAITS_DAYS = 7

/** A change that takes a second admin. `about`: what its effect depends on beside its input. */
export type SensitiveChange = { operation: string; input: unknown; about: Json | undefined }

/** SHA-256 of everything that the change would do: who approves it, approves exactly that. */
export function proposalHash(
  { workspaceId, proposer }: { workspaceId: string; proposer: string },
  { operation, input, about }: SensitiveChange,
): string {
  // What came in was JSON, and passed the operation's schema.
  const text = canonicalJson({ workspaceId, proposer, operation, input: input as Json, about })
  return createHash('sha256').update(text).digest('hex')
}

/** `expired` is what waited for too long, by the database's clock. */
const state = sql<Selectable<AccessTables['proposals']>['state']>`
  case when state = 'waiting' and expires_at <= clock_timestamp() then 'expired' else state end`

export const selectProposals = (db: Kysely<AccessTables>, workspaceId: string) =>
  db
    .selectFrom('proposals')
    .select(['id', 'operation', 'input', 'hash', 'reason', 'proposer', 'decided_by', 'created_at', 'expires_at'])
    .select(state.as('state'))
    .where('workspace_id', '=', workspaceId)

export const findProposal = (db: Kysely<AccessTables>, workspaceId: string, id: string) =>
  selectProposals(db, workspaceId).where('id', '=', id).executeTakeFirst()

export type ProposalRow = NonNullable<Awaited<ReturnType<typeof findProposal>>>

export const toProposal = (row: ProposalRow): Static<typeof Proposal> => ({
  id: row.id,
  operation: row.operation,
  input: row.input,
  hash: row.hash,
  ...(row.reason === null ? {} : { reason: row.reason }),
  proposer: row.proposer,
  state: row.state,
  ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
})

export const inState = (wanted: Static<typeof Proposal>['state']) => sql<boolean>`${state} = ${wanted}`

/**
 * Keeps a change for a second admin, and says so. The same change proposed again, by the same admin, is the same proposal. Not a change of any fact, so the
 * revision stays; but a row of the log.
 */
export async function propose(
  db: Kysely<AccessTables>,
  log: LogWriter,
  { caller }: Call,
  change: SensitiveChange,
): Promise<WriteFault> {
  const { workspaceId, subject: proposer } = caller
  if (!proposer.startsWith('user:')) return fault('forbidden', 'This takes two admins, who are people.')
  const hash = proposalHash({ workspaceId, proposer }, change)
  const proposalId = await inTransaction(db, async (trx) => {
    const { revision } = await trx
      .selectFrom('workspaces')
      .select('revision')
      .where('id', '=', workspaceId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const waiting = await selectProposals(trx, workspaceId)
      .where('hash', '=', hash)
      .where(inState('waiting'))
      .executeTakeFirst()
    if (waiting) return waiting.id
    const id = newId('prp')
    await trx
      .insertInto('proposals')
      .values({
        workspace_id: workspaceId,
        id,
        operation: change.operation,
        input: canonicalJson(change.input as Json),
        hash,
        reason: reasonOf(change.input),
        proposer,
        state: 'waiting',
        decided_by: null,
        expires_at: sql<Date>`clock_timestamp() + ${WAITS_DAYS} * interval '1 day'`,
      })
      .execute()
    const inputHash = await log.inputHash(trx, workspaceId, { hash })
    const { actors } = caller
    const details = { proposalId: id, proposes: change.operation }
    await log.appendInTransaction(trx, [
      { workspaceId, kind: 'change', operation: 'propose', subject: proposer, actors, revision, inputHash, details },
    ])
    return id
  })
  return fault('approval-required', `A second admin must approve ${change.operation}.`, { meta: { proposalId, hash } })
}

/** Operations may take a reason, which the second admin reads. */
function reasonOf(input: unknown): string | null {
  const reason = typeof input === 'object' && input !== null && 'reason' in input ? input.reason : undefined
  return typeof reason === 'string' ? reason : null
}

/**
 * Marks a proposal as approved, within the transaction that makes its change; or why it can't be. The approver must be an admin at this moment, in person, by a
 * token and not a key (which others may hold), and not the proposer. The hash is made anew over what is about to be done.
 */
export async function takeProposal(
  { trx, workspaceId }: Change,
  { caller: { subject: proposer } }: Call,
  change: SensitiveChange,
  { proposalId, hash, call }: Approval,
): Promise<WriteFault | undefined> {
  const row = await findProposal(trx, workspaceId, proposalId)
  if (!row || row.proposer !== proposer) return unknown('proposal')
  const refusal = (await approverFault(trx, call, row)) ?? waitingFault(row)
  if (refusal) return refusal
  const now = proposalHash({ workspaceId, proposer }, change)
  if (row.hash !== hash || now !== hash)
    return fault('conflict', 'This is not what was proposed: the hash is another. Read it again.')
  await trx
    .updateTable('proposals')
    .set({ state: 'approved', decided_by: call.caller.subject })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', proposalId)
    .execute()
  return undefined
}

export const waitingFault = (row: ProposalRow): Fault<'access.conflict'> | undefined =>
  row.state === 'waiting' ? undefined : fault('conflict', `This proposal does not wait any more: it is ${row.state}.`)

export async function approverFault(
  db: Kysely<AccessTables>,
  call: Call,
  { proposer }: Pick<ProposalRow, 'proposer'>,
): Promise<WriteFault | undefined> {
  const row = await findCaller(db, call)
  const unfit = roleFault(row, call, ['admin'])
  if (unfit) return unfit
  if (row?.kind !== 'user' || call.caller.keyId !== undefined)
    return fault('forbidden', 'A second admin approves in person, not by a key.')
  return row.name === proposer ? fault('forbidden', 'Who proposed it can not approve it.') : undefined
}
