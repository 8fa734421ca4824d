import { ok } from '@tessera/shared/fault/result'
import { inState, selectProposals, toProposal } from '../changes/proposals.store.ts'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'

/** Newest first: ids sort by time. */
export const listProposals: Make<'listProposals'> = ({ db }) =>
  async function listProposals({ cursor, limit: asked, state, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      let query = selectProposals(trx, workspaceId)
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (state) query = query.where(inState(state))
      if (after.value?.[0] !== undefined) query = query.where('id', '<', after.value[0])
      return ok({ ...pageOf(await query.execute(), limit, (row) => [row.id], toProposal), revision })
    })
  }
