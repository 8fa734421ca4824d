import { fail, ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Change } from '../changes/writer.ts'
import { invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'
import { isDelegate } from '../people/delegates.ts'
import { mayAdmin, roleFault } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'

/** A delegate is a user, or whoever a group covers. */
export const addDelegate: Make<'addDelegate'> = ({ write }) =>
  async function addDelegate({ space, principal }, call) {
    const operation = { operation: 'addDelegate', input: { space, principal }, kind: 'role', sensitive: true } as const
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId, revision } = change
      if ((await findName(trx, workspaceId, space))?.kind !== 'space') return fail(unknown('space'))
      if (!/^(user|group):/.test(principal))
        return fail(invalid([{ field: '/principal', rule: 'must be a user or a group' }]))
      if (!(await findName(trx, workspaceId, principal))) return fail(unknown('user or group'))
      if (await isNamed(change, { space, principal })) return ok({})
      change.touch()
      await trx
        .insertInto('space_delegates')
        .values({ workspace_id: workspaceId, space, principal, from_rev: revision, to_rev: null })
        .execute()
      return ok({})
    })
  }

export const removeDelegate: Make<'removeDelegate'> = ({ write }) =>
  async function removeDelegate({ space, principal }, call) {
    const operation = { operation: 'removeDelegate', input: { space, principal }, kind: 'role' } as const
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId, revision } = change
      if ((await findName(trx, workspaceId, space))?.kind !== 'space') return fail(unknown('space'))
      if (!(await isNamed(change, { space, principal }))) return ok({})
      change.touch()
      await trx
        .updateTable('space_delegates')
        .set({ to_rev: revision })
        .where('workspace_id', '=', workspaceId)
        .where('space', '=', space)
        .where('principal', '=', principal)
        .where('to_rev', 'is', null)
        .execute()
      return ok({})
    })
  }

export const listDelegates: Make<'listDelegates'> = ({ db }) =>
  async function listDelegates({ space, cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: [], atLeast }, async ({ trx, workspaceId, revision, row }) => {
      const refusal = roleFault(row, call, ['admin', 'auditor'])
      if (refusal && !(await isDelegate(trx, call, space))) return fail(refusal)
      if ((await findName(trx, workspaceId, space))?.kind !== 'space') return fail(unknown('space'))
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('space_delegates')
        .select(['space', 'principal'])
        .where('workspace_id', '=', workspaceId)
        .where('space', '=', space)
        .where('to_rev', 'is', null)
        .orderBy('principal')
        .limit(limit + 1)
      if (after.value?.[0] !== undefined) query = query.where('principal', '>', after.value[0])
      const found = await query.execute()
      return ok({
        ...pageOf(
          found,
          limit,
          (named) => [named.principal],
          (named) => named,
        ),
        revision,
      })
    })
  }

const isNamed = async (
  { trx, workspaceId }: Change,
  { space, principal }: { space: string; principal: string },
): Promise<boolean> =>
  (await trx
    .selectFrom('space_delegates')
    .select('from_rev')
    .where('workspace_id', '=', workspaceId)
    .where('space', '=', space)
    .where('principal', '=', principal)
    .where('to_rev', 'is', null)
    .executeTakeFirst()) !== undefined
