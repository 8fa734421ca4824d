import { inTransaction } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Kysely, Transaction } from 'kysely'
import type { AccessTables, JoinAs } from '../database.ts'
import { fault, invalid } from '../faults.ts'

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
  admin: { subject: string; displayName?: string | undefined }
}
export type MadeWorkspace = { workspaceId: string; providerId: string; admin: string; revision: number }

/**
 * Makes a workspace, its identity provider and its first admin, once: where the provider belongs to a workspace already, nothing happens and nobody becomes
 * an admin.
 */
export async function createWorkspace(
  db: Kysely<AccessTables>,
  { title, provider, admin }: NewWorkspace,
): Promise<Result<MadeWorkspace, Fault<'access.conflict' | 'access.invalid'>>> {
  if ((provider.jwksUrl === undefined) === (provider.jwks === undefined)) {
    return fail(invalid([{ field: '/provider', rule: 'must have either a jwksUrl or a jwks' }]))
  }
  const made = { workspaceId: newId('wsp'), providerId: newId('idp'), admin: `user:${newId('usr')}`, revision: 1 }
  return inTransaction(db, async (trx) => {
    if (!(await takeProvider(trx, made, provider))) {
      return fail(fault('conflict', 'This issuer and audience belong to a workspace already; its admin is made once.'))
    }
    await trx.insertInto('workspaces').values({ id: made.workspaceId, title, revision: made.revision }).execute()
    await trx
      .insertInto('principals')
      .values({
        workspace_id: made.workspaceId,
        name: made.admin,
        kind: 'user',
        title: admin.displayName ?? admin.subject,
        state: 'active',
        guest: false,
        roles: ['admin', 'member'],
        issuer: provider.issuer,
        subject: admin.subject,
        data_source_id: null,
        from_rev: made.revision,
        to_rev: null,
      })
      .execute()
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
    return ok(made)
  })
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
