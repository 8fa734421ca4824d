import { isDeepStrictEqual } from 'node:util'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { readAs } from '../changes/read-at.ts'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'
import { mayAdmin } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'

/** The current right of an app to act for users; undefined where it has none. */
export const findActingApp = (db: Kysely<AccessTables>, workspaceId: string, serviceAccount: string) =>
  db
    .selectFrom('acting_apps')
    .select(['service_account', 'client_id', 'scope'])
    .where('workspace_id', '=', workspaceId)
    .where('service_account', '=', serviceAccount)
    .where('to_rev', 'is', null)
    .executeTakeFirst()

/** A client id is one app's: the tokens that were issued to it can be exchanged by nobody else. */
export const putActingApp: Make<'putActingApp'> = ({ write }) =>
  async function putActingApp(input, call) {
    const { serviceAccount, clientId, scope } = input
    const operation = { operation: 'putActingApp', input, kind: 'grant', sensitive: true } as const
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId, revision } = change
      if ((await findName(trx, workspaceId, serviceAccount))?.kind !== 'service')
        return fail(unknown('service account'))
      const current = await findActingApp(trx, workspaceId, serviceAccount)
      if (current?.client_id === clientId && isDeepStrictEqual(current.scope, scope)) return ok({})
      const taken = await trx
        .selectFrom('acting_apps')
        .select('service_account')
        .where('workspace_id', '=', workspaceId)
        .where('client_id', '=', clientId)
        .where('service_account', '<>', serviceAccount)
        .where('to_rev', 'is', null)
        .executeTakeFirst()
      if (taken) return fail(fault('conflict', `The client id belongs to ${taken.service_account}.`))
      await endActingApp(change, serviceAccount)
      await trx
        .insertInto('acting_apps')
        .values({
          workspace_id: workspaceId,
          service_account: serviceAccount,
          client_id: clientId,
          scope: JSON.stringify(scope),
          from_rev: revision,
          to_rev: null,
        })
        .execute()
      return ok({})
    })
  }

export const deleteActingApp: Make<'deleteActingApp'> = ({ write }) =>
  async function deleteActingApp({ serviceAccount }, call) {
    const operation = { operation: 'deleteActingApp', input: { serviceAccount }, kind: 'grant' } as const
    return write(call, operation, mayAdmin, async (change) => {
      const { trx, workspaceId } = change
      if ((await findName(trx, workspaceId, serviceAccount))?.kind !== 'service')
        return fail(unknown('service account'))
      if (await findActingApp(trx, workspaceId, serviceAccount)) await endActingApp(change, serviceAccount)
      return ok({})
    })
  }

async function endActingApp(change: Change, serviceAccount: string): Promise<void> {
  const { trx, workspaceId, revision } = change
  change.touch({ readers: true })
  await trx
    .updateTable('acting_apps')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('service_account', '=', serviceAccount)
    .where('to_rev', 'is', null)
    .execute()
}

export const listActingApps: Make<'listActingApps'> = ({ db }) =>
  async function listActingApps({ cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('acting_apps')
        .select(['service_account', 'client_id', 'scope'])
        .where('workspace_id', '=', workspaceId)
        .where('to_rev', 'is', null)
        .orderBy('service_account')
        .limit(limit + 1)
      if (after.value?.[0] !== undefined) query = query.where('service_account', '>', after.value[0])
      const page = pageOf(
        await query.execute(),
        limit,
        (row) => [row.service_account],
        ({ service_account, client_id, scope }) => ({ serviceAccount: service_account, clientId: client_id, scope }),
      )
      return ok({ ...page, revision })
    })
  }
