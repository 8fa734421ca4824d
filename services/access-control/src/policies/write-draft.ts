import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { findPolicySet, toPolicySet } from './policy-sets.store.ts'

export const createPolicySet: Make<'createPolicySet'> = ({ write }) =>
  async function createPolicySet({ idempotencyKey: key, ...input }, call) {
    const operation = { operation: 'createPolicySet', input, key, kind: 'policy' } as const
    return write(call, operation, mayAdmin, async (change) => {
      change.touch()
      const row = await change.trx
        .insertInto('policy_sets')
        .values({
          workspace_id: change.workspaceId,
          id: newId('pol'),
          title: input.title,
          state: 'draft',
          version: null,
          text: input.text,
          tests: JSON.stringify(input.tests ?? []),
          author: call.caller.subject,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return ok({ policySet: toPolicySet(row) })
    })
  }

export const updatePolicySet: Make<'updatePolicySet'> = ({ write }) =>
  async function updatePolicySet(input, call) {
    const operation = { operation: 'updatePolicySet', input, kind: 'policy' } as const
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      const row = await findPolicySet(trx, workspaceId, input.id)
      if (!row) return fail(unknown('policy set'))
      if (row.state !== 'draft') return fail(notADraft())
      change.touch()
      const { title = row.title, text = row.text, tests = row.tests } = input
      const updated = await trx
        .updateTable('policy_sets')
        .set({ title, text, tests: JSON.stringify(tests) })
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', input.id)
        .returningAll()
        .executeTakeFirstOrThrow()
      return ok({ policySet: toPolicySet(updated) })
    })
  }

export const deletePolicySet: Make<'deletePolicySet'> = ({ write }) =>
  async function deletePolicySet({ id }, call) {
    const operation = { operation: 'deletePolicySet', input: { id }, kind: 'policy' } as const
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      const row = await findPolicySet(trx, workspaceId, id)
      if (!row) return fail(unknown('policy set'))
      if (row.state !== 'draft') return fail(notADraft())
      change.touch()
      await trx.deleteFrom('policy_sets').where('workspace_id', '=', workspaceId).where('id', '=', id).execute()
      return ok({})
    })
  }

const notADraft = () => fault('conflict', 'What was published never changes. Make a draft from it.')
