import { fail, ok } from '@tessera/shared/fault/result'
import type { Change } from '../changes/writer.ts'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { rolesOf } from './create-user.ts'
import { mayAdmin } from './may.ts'
import { definePrincipal, endPrincipal, findName, type PrincipalRow, toUser } from './principals.store.ts'

type Input = Parameters<ReturnType<Make<'updateUser'>>>[0]

export const updateUser: Make<'updateUser'> = ({ write }) =>
  async function updateUser(input, call) {
    return write(
      call,
      { operation: 'updateUser', input, kind: input.roles ? 'role' : 'change', sensitive: admits(input) },
      mayAdmin,
      async (change) => {
        const row = await findName(change.trx, change.workspaceId, input.name)
        if (row?.kind !== 'user') return fail(unknown('user'))
        const updated = updatedRow(row, input)
        if (!differs(row, updated)) return ok({ user: toUser(row) })
        if (isAdmin(row) && !isAdmin(updated) && !(await hasOtherAdmin(change, row.name))) {
          return fail(fault('conflict', 'This is the last active admin of the workspace.'))
        }
        await endPrincipal(change, row.name)
        return ok({ user: toUser(await definePrincipal(change, updated)) })
      },
    )
  }

/** To deactivate or rename takes one admin; to let in, or to change what somebody is, takes two. */
const admits =
  (input: Input) =>
  async ({ trx, workspaceId }: Change) => {
    const row = await findName(trx, workspaceId, input.name)
    if (row?.kind !== 'user') return false
    const { state, guest, roles } = updatedRow(row, input)
    return (state !== row.state && state === 'active') || guest !== row.guest || !sameRoles(roles, row.roles)
  }

function updatedRow(row: PrincipalRow, { displayName, state, guest, roles }: Input) {
  const admitted = row.state === 'pending' && state === 'active' && row.roles.length === 0
  const isGuest = guest ?? row.guest
  return {
    name: row.name,
    kind: row.kind,
    title: displayName ?? row.title,
    state: state ?? row.state,
    guest: isGuest,
    roles: roles || admitted ? rolesOf(roles, isGuest) : row.roles,
    issuer: row.issuer,
    subject: row.subject,
  }
}

type Updated = ReturnType<typeof updatedRow>

const differs = (row: PrincipalRow, to: Updated) =>
  row.title !== to.title || row.state !== to.state || row.guest !== to.guest || !sameRoles(row.roles, to.roles)

const sameRoles = (left: readonly string[], right: readonly string[]) =>
  left.toSorted().join() === right.toSorted().join()

const isAdmin = ({ state, roles }: Pick<Updated, 'state' | 'roles'>) => state === 'active' && roles.includes('admin')

async function hasOtherAdmin({ trx, workspaceId }: Change, name: string): Promise<boolean> {
  const rows = await trx
    .selectFrom('principals')
    .select(['state', 'roles'])
    .where('workspace_id', '=', workspaceId)
    .where('kind', '=', 'user')
    .where('name', '<>', name)
    .where('to_rev', 'is', null)
    .execute()
  return rows.some(isAdmin)
}
