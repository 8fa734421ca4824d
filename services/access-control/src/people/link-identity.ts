import { fail, ok } from '@tessera/shared/fault/result'
import type { Change } from '../changes/writer.ts'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findDataSource } from '../sources/data-sources.store.ts'
import { mayAdmin } from './may.ts'
import { findName } from './principals.store.ts'

const identityName = (dataSourceId: string, nativeId: string) => `identity:${dataSourceId}:${nativeId}`

/** A person in a source is at most one user: linked to another, they must be unlinked first. */
export const linkIdentity: Make<'linkIdentity'> = ({ write }) =>
  async function linkIdentity({ user, dataSourceId, nativeId }, call) {
    return write(
      call,
      { operation: 'linkIdentity', input: { user, dataSourceId, nativeId }, sensitive: true },
      mayAdmin,
      async (change) => {
        const { trx, workspaceId, revision } = change
        if ((await findName(trx, workspaceId, user))?.kind !== 'user') return fail(unknown('user'))
        if (!(await findDataSource(trx, workspaceId, dataSourceId))) return fail(unknown('data source'))
        const identity = identityName(dataSourceId, nativeId)
        const linked = await findLink(change, identity)
        if (linked === user) return ok({})
        if (linked) return fail(fault('conflict', `${identity} is linked to ${linked}.`))
        change.touch({ readers: true })
        await trx
          .insertInto('identity_links')
          .values({
            workspace_id: workspaceId,
            identity,
            user_name: user,
            data_source_id: dataSourceId,
            from_rev: revision,
            to_rev: null,
          })
          .execute()
        return ok({})
      },
    )
  }

export const unlinkIdentity: Make<'unlinkIdentity'> = ({ write }) =>
  async function unlinkIdentity({ user, dataSourceId, nativeId }, call) {
    return write(
      call,
      { operation: 'unlinkIdentity', input: { user, dataSourceId, nativeId }, sensitive: true },
      mayAdmin,
      async (change) => {
        const { trx, workspaceId, revision } = change
        if ((await findName(trx, workspaceId, user))?.kind !== 'user') return fail(unknown('user'))
        const identity = identityName(dataSourceId, nativeId)
        if ((await findLink(change, identity)) !== user) return ok({})
        change.touch({ readers: true })
        await trx
          .updateTable('identity_links')
          .set({ to_rev: revision })
          .where('workspace_id', '=', workspaceId)
          .where('identity', '=', identity)
          .where('to_rev', 'is', null)
          .execute()
        return ok({})
      },
    )
  }

async function findLink({ trx, workspaceId }: Change, identity: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('identity_links')
    .select('user_name')
    .where('workspace_id', '=', workspaceId)
    .where('identity', '=', identity)
    .where('to_rev', 'is', null)
    .executeTakeFirst()
  return row?.user_name
}
