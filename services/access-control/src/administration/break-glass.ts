import type { BreakGlass } from '@tessera/shared/contracts/access-control/administration'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { type Selectable, sql } from 'kysely'
import type { Static } from 'typebox'
import { findProposal, toProposal } from '../changes/proposals.store.ts'
import { readAs } from '../changes/read-at.ts'
import type { Change, Operation } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import { invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'
import { mayAdmin } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'

type Input = Parameters<ReturnType<Make<'requestBreakGlass'>>>[0]

/**
 * Always a proposal; approved by another admin, a grant that starts then, by the database's clock. It stands in for a missing `allow` or gate of one document or
 * space: a deny, a policy, a label or a state it never passes.
 */
export const requestBreakGlass: Make<'requestBreakGlass'> = ({ db, write }) =>
  async function requestBreakGlass(input, call) {
    const { workspaceId, subject } = call.caller
    if ((input.documentId === undefined) === (input.space === undefined))
      return fail(invalid([{ field: '/documentId', rule: 'either a document or a space, and not both' }]))
    const operation: Operation = { operation: 'requestBreakGlass', input, kind: 'grant', sensitive: 'always' }
    const done = await write(call, operation, mayAdmin, async (change) => {
      const missing = await placeFault(change, input)
      if (missing) return fail(missing)
      change.touch({ readers: true })
      const { approved } = change
      if (!approved) return ok({ proposalId: '' })
      await grant(change, input, subject, approved.by)
      return ok({ proposalId: approved.proposalId })
    })
    if (!done.ok && done.fault.code !== 'access.approval-required') return done
    const proposalId = done.ok ? done.value.proposalId : String(done.fault.meta?.['proposalId'])
    const { revision } = await db
      .selectFrom('workspaces')
      .select('revision')
      .where('id', '=', workspaceId)
      .executeTakeFirstOrThrow()
    const row = await findProposal(db, workspaceId, proposalId)
    return row ? ok({ proposal: toProposal(row), revision }) : fail(unknown('proposal'))
  }

async function placeFault({ trx, workspaceId }: Change, { documentId, space }: Input) {
  if (space !== undefined)
    return (await findName(trx, workspaceId, space))?.kind === 'space' ? undefined : unknown('space')
  const document = await trx
    .selectFrom('documents')
    .select('document_id')
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', documentId ?? '')
    .where('deleted_rev', 'is', null)
    .executeTakeFirst()
  return document ? undefined : unknown('document')
}

async function grant(
  { trx, workspaceId, revision }: Change,
  { documentId, space, reason, minutes }: Input,
  principal: string,
  approvedBy: string,
): Promise<void> {
  await trx
    .insertInto('break_glass')
    .values({
      workspace_id: workspaceId,
      id: newId('bgl'),
      principal,
      document_id: documentId ?? null,
      space: space ?? null,
      reason,
      approved_by: approvedBy,
      // The time of the statement, once: the bound of four hours is on their difference.
      starts_at: sql<Date>`statement_timestamp()`,
      ends_at: sql<Date>`statement_timestamp() + ${minutes} * interval '1 minute'`,
      from_rev: revision,
      to_rev: null,
    })
    .execute()
}

/** Newest first, those that ended included. */
export const listBreakGlass: Make<'listBreakGlass'> = ({ db }) =>
  async function listBreakGlass({ cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('break_glass')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (after.value?.[0] !== undefined) query = query.where('id', '<', after.value[0])
      return ok({ ...pageOf(await query.execute(), limit, (row) => [row.id], toBreakGlass), revision })
    })
  }

/** Repeatable: one that ended before is left as it was. */
export const endBreakGlass: Make<'endBreakGlass'> = ({ write }) =>
  async function endBreakGlass({ id }, call) {
    return write(call, { operation: 'endBreakGlass', input: { id }, kind: 'grant' }, mayAdmin, async (change) => {
      const { trx, workspaceId, revision } = change
      const row = await trx
        .selectFrom('break_glass')
        .select('to_rev')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) return fail(unknown('break-glass grant'))
      if (row.to_rev !== null) return ok({})
      change.touch({ readers: true })
      // What it says of its end is when it really ended.
      await sql`update break_glass set to_rev = ${revision}, ends_at = greatest(starts_at, least(ends_at, clock_timestamp()))
        where workspace_id = ${workspaceId} and id = ${id}`.execute(trx)
      return ok({})
    })
  }

const toBreakGlass = (row: Selectable<AccessTables['break_glass']>): Static<typeof BreakGlass> => ({
  id: row.id,
  principal: row.principal,
  ...(row.document_id === null ? {} : { documentId: row.document_id }),
  ...(row.space === null ? {} : { space: row.space }),
  reason: row.reason,
  approvedBy: row.approved_by,
  startsAt: row.starts_at.toISOString(),
  endsAt: row.ends_at.toISOString(),
})
