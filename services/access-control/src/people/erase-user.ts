import { fail, ok } from '@tessera/shared/fault/result'
import { standsInRestriction } from '../changes/widening.ts'
import type { Change, Operation } from '../changes/writer.ts'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { eraseAlias } from '../log/erase-alias.ts'
import { mayAdmin } from './may.ts'
import { endClearances, endPrincipal, findName } from './principals.store.ts'

/**
 * Ends a user with everything that is theirs, blanks the personal data of what held once, and destroys what ties the log to them. An identity provider may bring
 * the same person back: as somebody new, who waits for an admin.
 */
export const eraseUser: Make<'eraseUser'> = ({ write }) =>
  async function eraseUser({ name }, call) {
    const operation: Operation = {
      operation: 'eraseUser',
      input: { name },
      sensitive: (change) => standsInRestriction(change, name),
    }
    return write(call, operation, mayAdmin, async (change) => {
      if (name === call.caller.subject) return fail(fault('conflict', 'Another admin must erase you.'))
      const row = await findName(change.trx, change.workspaceId, name)
      // Repeated: whoever is gone already has nothing left that could be erased.
      if (!row && (await wasUser(change, name))) return ok({})
      if (row?.kind !== 'user') return fail(unknown('user'))
      await endPrincipal(change, name)
      await endClearances(change, name)
      await endOwn(change, name)
      await blank(change, name)
      await eraseAlias(change.trx, change.workspaceId, { name })
      return ok({})
    })
  }

const wasUser = async ({ trx, workspaceId }: Change, name: string) =>
  (await trx
    .selectFrom('principals')
    .select('name')
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .where('kind', '=', 'user')
    .limit(1)
    .executeTakeFirst()) !== undefined

async function endOwn({ trx, workspaceId, revision }: Change, name: string): Promise<void> {
  const ended = { to_rev: revision }
  await trx
    .updateTable('identity_links')
    .set(ended)
    .where('workspace_id', '=', workspaceId)
    .where('user_name', '=', name)
    .where('to_rev', 'is', null)
    .execute()
  for (const [table, column] of [
    ['memberships', 'member'],
    ['space_delegates', 'principal'],
    ['api_keys', 'principal'],
    ['break_glass', 'principal'],
  ] as const)
    await trx
      .updateTable(table)
      .set(ended)
      .where('workspace_id', '=', workspaceId)
      .where(column, '=', name)
      .where('to_rev', 'is', null)
      .execute()
}

/** Who they were stays nowhere; that there was somebody by this name, explanations of the past still need. */
async function blank({ trx, workspaceId }: Change, name: string): Promise<void> {
  await trx
    .updateTable('principals')
    .set({ title: 'erased', issuer: null, subject: null })
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .execute()
}
