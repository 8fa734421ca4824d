import type { Role } from '@tessera/shared/contracts/access-control/common'
import type { User } from '@tessera/shared/contracts/access-control/people'
import type { Kysely, Selectable } from 'kysely'
import type { Static } from 'typebox'
import type { Change } from '../changes/writer.ts'
import type { AccessTables, PrincipalKind, PrincipalState } from '../database.ts'

export type PrincipalRow = Selectable<AccessTables['principals']>

/** The current definition of a name; undefined where it is unknown. */
export const findName = (db: Kysely<AccessTables>, workspaceId: string, name: string) =>
  db
    .selectFrom('principals')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .where('to_rev', 'is', null)
    .executeTakeFirst()

export type NewPrincipal = {
  name: string
  kind: PrincipalKind
  title: string
  state?: PrincipalState
  guest?: boolean
  roles?: Role[]
  issuer?: string | null
  subject?: string | null
}

/** Defines a name from this revision on. */
export async function definePrincipal(change: Change, principal: NewPrincipal): Promise<PrincipalRow> {
  change.touch({ readers: true })
  return change.trx
    .insertInto('principals')
    .values({
      workspace_id: change.workspaceId,
      state: 'active',
      guest: false,
      roles: [],
      issuer: null,
      subject: null,
      data_source_id: null,
      ...principal,
      from_rev: change.revision,
      to_rev: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Ends the current definition of a name: it is unknown from this revision on, unless another follows. */
export async function endPrincipal(change: Change, name: string): Promise<void> {
  change.touch({ readers: true })
  await change.trx
    .updateTable('principals')
    .set({ to_rev: change.revision })
    .where('workspace_id', '=', change.workspaceId)
    .where('name', '=', name)
    .where('to_rev', 'is', null)
    .execute()
}

/** Whoever ends holds nothing any more. */
export async function endClearances({ trx, workspaceId, revision }: Change, principal: string): Promise<void> {
  await trx
    .updateTable('clearances')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('principal', '=', principal)
    .where('to_rev', 'is', null)
    .execute()
}

export type PersonRow = Pick<PrincipalRow, 'name' | 'title' | 'issuer' | 'subject' | 'state' | 'guest' | 'roles'>

export const toUser = (row: PersonRow): Static<typeof User> => ({
  name: row.name,
  displayName: row.title,
  issuer: row.issuer ?? '',
  subject: row.subject ?? '',
  state: row.state,
  guest: row.guest,
  roles: row.roles,
})
