import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { fault, invalid } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from './may.ts'
import { definePrincipal, toUser } from './principals.store.ts'

export const createUser: Make<'createUser'> = ({ write }) =>
  async function createUser({ issuer, subject, displayName, guest = false, roles }, call) {
    return write(
      call,
      { operation: 'createUser', input: { issuer, subject, displayName, guest, roles }, kind: 'role', sensitive: true },
      mayAdmin,
      async (change) => {
        const { trx, workspaceId } = change
        const provider = await trx
          .selectFrom('identity_providers')
          .select('id')
          .where('workspace_id', '=', workspaceId)
          .where('issuer', '=', issuer)
          .executeTakeFirst()
        if (!provider)
          return fail(invalid([{ field: '/issuer', rule: 'must be an issuer that this workspace accepts' }]))
        const known = await trx
          .selectFrom('principals')
          .select('name')
          .where('workspace_id', '=', workspaceId)
          .where('issuer', '=', issuer)
          .where('subject', '=', subject)
          .where('to_rev', 'is', null)
          .executeTakeFirst()
        if (known) return fail(fault('conflict', `This person is ${known.name} already.`))
        const row = await definePrincipal(change, {
          name: `user:${newId('usr')}`,
          kind: 'user',
          title: displayName,
          guest,
          roles: rolesOf(roles, guest),
          issuer,
          subject,
        })
        return ok({ user: toUser(row) })
      },
    )
  }

type Roles = NonNullable<Parameters<ReturnType<Make<'createUser'>>>[0]['roles']>

/** A set. Who isn't told otherwise is a member, or, as a guest, nothing. */
export const rolesOf = (roles: Roles | undefined, guest: boolean): Roles =>
  roles ? [...new Set(roles)].toSorted() : guest ? [] : ['member']
