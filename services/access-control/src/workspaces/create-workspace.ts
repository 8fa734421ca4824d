import { inTransaction } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Kysely, Transaction } from 'kysely'
import type { AccessTables, JoinAs } from '../database.ts'
import { fault, invalid } from '../faults.ts'
import { appendInTransaction } from '../log/append.ts'

export type NewWorkspace = {
  title: string
  /** Whose tokens are believed here. Issuer and audience together belong to exactly one workspace. Either `jwksUrl` or `jwks`. */
  provider: {
    issuer: string
    audience: string
    jwksUrl?: string | undefined
    jwks?: unknown
    /** What a first token makes of its person; `pending` by default. */
    joinAs?: JoinAs | undefined
  }
  /** The first admin: a person of that issuer. */
  admin: Person
  /** Whether changes that widen take two admins (ACCESS.md section 10); true if nothing is said. Then there must be two from the start: one alone could admit nobody. */
  twoAdmins?: boolean | undefined
  secondAdmin?: Person | undefined
}
type Person = { subject: string; displayName?: string | undefined }
export type MadeWorkspace = {
  workspaceId: string
  providerId: string
  admin: string
  secondAdmin?: string
  revision: number
}

/**
 * Makes a workspace, its identity provider and its first admin (or two), once: where the provider belongs to a workspace already, nothing happens and nobody becomes
 * an admin.
 */
export async function createWorkspace(
  db: Kysely<AccessTables>,
  { title, provider, admin, twoAdmins = true, secondAdmin }: NewWorkspace,
): Promise<Result<MadeWorkspace, Fault<'access.conflict' | 'access.invalid'>>> {
  if ((provider.jwksUrl === undefined) === (provider.jwks === undefined)) {
    return fail(invalid([{ field: '/provider', rule: 'must have either a jwksUrl or a jwks' }]))
  }
  if (secondAdmin ? secondAdmin.subject === admin.subject : twoAdmins) {
    return fail(
      invalid([
        { field: '/secondAdmin', rule: 'must be another person, unless the workspace does without two admins' },
      ]),
    )
  }
  const made: MadeWorkspace = {
    ...{ workspaceId: newId('wsp'), providerId: newId('idp'), admin: `user:${newId('usr')}`, revision: 1 },
    ...(secondAdmin ? { secondAdmin: `user:${newId('usr')}` } : {}),
  }
  return inTransaction(db, async (trx) => {
    if (!(await takeProvider(trx, made, provider))) {
      return fail(fault('conflict', 'This issuer and audience belong to a workspace already; its admin is made once.'))
    }
    const { workspaceId: id, revision } = made
    await trx.insertInto('workspaces').values({ id, title, revision, two_admins: twoAdmins }).execute()
    await addAdmin(trx, made, { ...admin, name: made.admin, issuer: provider.issuer })
    if (secondAdmin && made.secondAdmin)
      await addAdmin(trx, made, { ...secondAdmin, name: made.secondAdmin, issuer: provider.issuer })
    await trx
      .insertInto('changes')
      .values({
        workspace_id: made.workspaceId,
        revision: made.revision,
        operation: 'createWorkspace',
        subject: 'system:operator',
        actors: [],
      })
      .execute()
    const who = { workspaceId: id, subject: 'system:operator', actors: [], revision }
    await appendInTransaction(trx, [{ ...who, kind: 'change', operation: 'createWorkspace' }])
    return ok(made)
  })
}

async function addAdmin(
  trx: Transaction<AccessTables>,
  { workspaceId, revision }: MadeWorkspace,
  { name, issuer, subject, displayName }: Person & { name: string; issuer: string },
): Promise<void> {
  await trx
    .insertInto('principals')
    .values({
      workspace_id: workspaceId,
      name,
      kind: 'user',
      title: displayName ?? subject,
      state: 'active',
      guest: false,
      roles: ['admin', 'member'],
      issuer,
      subject,
      data_source_id: null,
      from_rev: revision,
      to_rev: null,
    })
    .execute()
}

/** False where it is taken. The unique constraint decides, so two commands at once can't both win. */
async function takeProvider(trx: Transaction<AccessTables>, made: MadeWorkspace, provider: NewWorkspace['provider']) {
  const row = await trx
    .insertInto('identity_providers')
    .values({
      id: made.providerId,
      workspace_id: made.workspaceId,
      issuer: provider.issuer,
      audience: provider.audience,
      jwks_url: provider.jwksUrl ?? null,
      jwks: provider.jwks === undefined ? null : JSON.stringify(provider.jwks),
      join_as: provider.joinAs ?? 'pending',
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
