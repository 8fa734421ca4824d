import { fail, ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import { coversOwn, mayLift } from '../changes/widening.ts'
import type { Change, Operation } from '../changes/writer.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'
import { isDelegate, mayAdminOrDelegate } from '../people/delegates.ts'
import { roleFault } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'

type Pair = { container: string; member: string }

/** Memberships of sources are written by their sources; an admin fills the workspace's own groups, and spaces; a delegate their space. */
export const addMembership: Make<'addMembership'> = ({ write }) =>
  async function addMembership({ container, member }, call) {
    const operation: Operation = {
      operation: 'addMembership',
      input: { container, member },
      kind: 'grant',
      sensitive: (change) => coversOwn(change, call, member),
    }
    return write(call, operation, mayAdminOrDelegate(container), async (change) => {
      const refusal = (await containerFault(change, container)) ?? (await memberFault(change, member))
      if (refusal) return fail(refusal)
      if (await exists(change, { container, member })) return ok({})
      change.touch({ readers: true })
      await change.trx
        .insertInto('memberships')
        .values({
          workspace_id: change.workspaceId,
          container,
          member,
          data_source_id: null,
          from_rev: change.revision,
          to_rev: null,
        })
        .execute()
      return ok({})
    })
  }

export const removeMembership: Make<'removeMembership'> = ({ write }) =>
  async function removeMembership({ container, member }, call) {
    const operation: Operation = {
      operation: 'removeMembership',
      input: { container, member },
      kind: 'grant',
      sensitive: (change) => mayLift(change, container),
    }
    return write(call, operation, mayAdminOrDelegate(container), async (change) => {
      const refusal = await containerFault(change, container)
      if (refusal) return fail(refusal)
      if (!(await exists(change, { container, member }))) return ok({})
      change.touch({ readers: true })
      await change.trx
        .updateTable('memberships')
        .set({ to_rev: change.revision })
        .where('workspace_id', '=', change.workspaceId)
        .where('container', '=', container)
        .where('member', '=', member)
        .where('to_rev', 'is', null)
        .execute()
      return ok({})
    })
  }

export const listMemberships: Make<'listMemberships'> = ({ db }) =>
  async function listMemberships({ container, member, cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 2)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: [], atLeast }, async ({ trx, workspaceId, revision, row }) => {
      const refusal = roleFault(row, call, ['admin', 'auditor'])
      // A delegate lists the members of their space, whatever else these are members of.
      if (refusal && !(container && (await isDelegate(trx, call, container)))) return fail(refusal)
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('memberships')
        .select(['container', 'member'])
        .where('workspace_id', '=', workspaceId)
        .where('to_rev', 'is', null)
        .orderBy('container')
        .orderBy('member')
        .limit(limit + 1)
      if (container) query = query.where('container', '=', container)
      if (member) query = query.where('member', '=', member)
      const [lastContainer, lastMember] = after.value ?? []
      if (lastContainer !== undefined && lastMember !== undefined) {
        query = query.where((where) =>
          where(where.refTuple('container', 'member'), '>', where.tuple(lastContainer, lastMember)),
        )
      }
      const page = pageOf(
        await query.execute(),
        limit,
        (row) => [row.container, row.member],
        (row: Pair) => row,
      )
      return ok({ ...page, revision })
    })
  }

async function containerFault({ trx, workspaceId }: Change, container: string) {
  const row = await findName(trx, workspaceId, container)
  if (!row || !['group', 'container', 'space'].includes(row.kind)) return unknown('group or space')
  return row.data_source_id === null
    ? undefined
    : fault('forbidden', 'The members of a group of a source are changed in the source.')
}

/** Everyone (`workspace:members`, `public`) may be a member; a space may not, spaces do not nest, and a person in a source counts through their link. */
async function memberFault({ trx, workspaceId }: Change, member: string) {
  if (member === 'workspace:members' || member === 'public') return undefined
  if (/^(space|agent|identity):/.test(member)) {
    return invalid([
      {
        field: '/member',
        rule: 'must be a user, a service account, a group, a container, `workspace:members` or `public`',
      },
    ])
  }
  return (await findName(trx, workspaceId, member)) ? undefined : unknown('member')
}

const exists = async ({ trx, workspaceId }: Change, { container, member }: Pair) =>
  (await trx
    .selectFrom('memberships')
    .select('from_rev')
    .where('workspace_id', '=', workspaceId)
    .where('container', '=', container)
    .where('member', '=', member)
    .where('to_rev', 'is', null)
    .executeTakeFirst()) !== undefined
