import { fail, ok } from '@tessera/shared/fault/result'
import { prepared } from '@tessera/shared/database/prepared'
import { newId } from '@tessera/shared/ids/ids'
import type { Kysely } from 'kysely'
import type { May } from '../changes/writer.ts'
import type { AccessTables, JoinAs } from '../database.ts'
import { fault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { systemFault } from './may.ts'
import { definePrincipal, type PersonRow, toUser } from './principals.store.ts'

/**
 * A person is (issuer, subject), never an e-mail address. The first token makes a principal: `pending`, which is unknown to every rule until an admin admits
 * it, unless the provider says to admit everybody it vouches for as a member or a guest.
 */
export const identify: Make<'identify'> = ({ db, write }) =>
  async function identify({ issuer, audience, subject, displayName }, call) {
    const refusal = systemFault(call, 'gateway')
    if (refusal) return fail(refusal)
    const found = await findProvider(db, { issuer, audience, subject })
    if (!found) return fail(fault('unknown-issuer', 'No workspace accepts tokens of this issuer and audience.'))
    const { workspaceId, joinAs, known } = found
    if (known) return ok({ workspaceId, principal: toUser(known) })
    // The lock of the workspace makes two first tokens at once one person: the second finds the first.
    const joined = await write(
      callIn(call, workspaceId),
      { operation: 'identify', input: { issuer, audience, subject, displayName } },
      mayGateway,
      async (change) => {
        const row =
          (await findPerson(change.trx, workspaceId, issuer, subject)) ??
          (await definePrincipal(change, {
            name: `user:${newId('usr')}`,
            kind: 'user',
            title: displayName?.trim() || subject,
            issuer,
            subject,
            ...admittedAs(joinAs),
          }))
        return ok({ workspaceId, principal: toUser(row) })
      },
    )
    if (joined.ok) return ok({ workspaceId, principal: joined.value.principal })
    if (joined.fault.code === 'access.stopped')
      return fail(fault('unavailable', 'The workspace takes in nobody new at the moment.'))
    // The gateway may do this in every workspace that exists; that one had a provider a moment ago.
    throw new Error(`A first token was refused: ${joined.fault.detail}`)
  }

const mayGateway: May = async (_, call) => systemFault(call, 'gateway')

const callIn = (call: Parameters<May>[1], workspaceId: string) => ({ ...call, caller: { ...call.caller, workspaceId } })

function admittedAs(joinAs: JoinAs) {
  switch (joinAs) {
    case 'pending':
      return { state: 'pending' as const }
    case 'guest':
      return { guest: true }
    case 'member':
      return { roles: ['member' as const] }
  }
}

/** The provider of a token with, in the same statement, the person whom it knows by this subject. */
async function findProvider(
  db: Kysely<AccessTables>,
  { issuer, audience, subject }: { issuer: string; audience: string; subject: string },
) {
  const row = await db
    .selectFrom('identity_providers as i')
    .leftJoin('principals as p', (join) =>
      join
        .onRef('p.workspace_id', '=', 'i.workspace_id')
        .onRef('p.issuer', '=', 'i.issuer')
        .on('p.subject', '=', subject)
        .on('p.to_rev', 'is', null),
    )
    .select([
      'i.workspace_id',
      'i.join_as',
      'p.name',
      'p.title',
      'p.issuer',
      'p.subject',
      'p.state',
      'p.guest',
      'p.roles',
    ])
    .where('i.issuer', '=', issuer)
    .where('i.audience', '=', audience)
    .modifyEnd(prepared)
    .executeTakeFirst()
  return row && { workspaceId: row.workspace_id, joinAs: row.join_as, known: isPerson(row) ? row : undefined }
}

/** Whether the left join found somebody. */
const isPerson = <T extends Nullable<PersonRow>>(row: T): row is T & PersonRow => row.name !== null
type Nullable<T> = { [K in keyof T]: T[K] | null }

const findPerson = (db: Kysely<AccessTables>, workspaceId: string, issuer: string, subject: string) =>
  db
    .selectFrom('principals')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .where('to_rev', 'is', null)
    .executeTakeFirst()
