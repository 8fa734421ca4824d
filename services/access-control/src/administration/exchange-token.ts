import { fail, ok } from '@tessera/shared/fault/result'
import type { Transaction } from 'kysely'
import { readAs } from '../changes/read-at.ts'
import type { AccessTables } from '../database.ts'
import { fault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { isInPerson } from '../people/may.ts'
import { findActingApp } from './acting-apps.ts'

/**
 * For the app itself, by its own key, so that no token travels through somebody else. Whatever is missing — the right, the client id among those the token was issued
 * to, an issuer of this workspace, an active user — is one and the same fault: an app learns nothing about people it may not act for.
 */
export const exchangeToken: Make<'exchangeToken'> = ({ db }) =>
  async function exchangeToken({ issuer, subject, issuedTo }, call) {
    return readAs(db, call, { anyOf: [] }, async ({ trx, workspaceId, revision, row }) => {
      const app = row.kind === 'service' && isInPerson(call) && (await findActingApp(trx, workspaceId, row.name))
      const user = app && issuedTo.includes(app.client_id) && (await findUser(trx, workspaceId, { issuer, subject }))
      return user
        ? ok({ user, app: row.name, revision })
        : fail(fault('not-found', 'This token can not be exchanged by this app.'))
    })
  }

async function findUser(
  trx: Transaction<AccessTables>,
  workspaceId: string,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('principals as p')
    .innerJoin('identity_providers as i', (join) =>
      join.onRef('i.workspace_id', '=', 'p.workspace_id').onRef('i.issuer', '=', 'p.issuer'),
    )
    .select('p.name')
    .where('p.workspace_id', '=', workspaceId)
    .where('p.issuer', '=', issuer)
    .where('p.subject', '=', subject)
    .where('p.kind', '=', 'user')
    .where('p.state', '=', 'active')
    .where('p.to_rev', 'is', null)
    .executeTakeFirst()
  return row?.name
}
