import { fail, ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'
import { POLICY_SCHEMA } from './engine/schema.ts'
import { findPolicySet, toPolicySet } from './policy-sets.store.ts'

const readers = ['admin', 'auditor'] as const

export const getPolicySchema: Make<'getPolicySchema'> = ({ db }) =>
  async function getPolicySchema(_, call) {
    return readAs(db, call, { anyOf: readers }, async () => ok({ schema: POLICY_SCHEMA }))
  }

/** Newest first: ids sort by time. */
export const listPolicySets: Make<'listPolicySets'> = ({ db }) =>
  async function listPolicySets({ cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: readers, atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('policy_sets')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (after.value?.[0] !== undefined) query = query.where('id', '<', after.value[0])
      return ok({ ...pageOf(await query.execute(), limit, ({ id }) => [id], toPolicySet), revision })
    })
  }

export const getPolicySet: Make<'getPolicySet'> = ({ db }) =>
  async function getPolicySet({ id, atLeast }, call) {
    return readAs(db, call, { anyOf: readers, atLeast }, async ({ trx, workspaceId, revision }) => {
      const row = await findPolicySet(trx, workspaceId, id)
      return row ? ok({ policySet: toPolicySet(row), revision }) : fail(unknown('policy set'))
    })
  }
