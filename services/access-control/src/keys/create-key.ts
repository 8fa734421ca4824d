import { createHash, randomBytes } from 'node:crypto'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import { invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'
import { findDataSource } from '../sources/data-sources.store.ts'
import { toApiKey } from './list-keys.ts'

const SHOWN_CHARACTERS = 8

/** The secret leaves in this answer and nowhere else; it has 256 bits, so a plain SHA-256 keeps it as well as any slow hash would. */
export const createKey: Make<'createKey'> = ({ write }) =>
  async function createKey({ title, principal, scopes, dataSourceId, expiresAt }, call) {
    if (scopes.includes('push') !== (dataSourceId !== undefined)) {
      return fail(invalid([{ field: '/dataSourceId', rule: 'belongs to a key with the scope push, and to no other' }]))
    }
    return write(call, 'createKey', mayAdmin, async (change) => {
      const refusal = await principalFault(change, principal)
      if (refusal) return fail(refusal)
      if (dataSourceId && !(await findDataSource(change.trx, change.workspaceId, dataSourceId)))
        return fail(unknown('data source'))
      if (expiresAt && !(await liesAhead(change, expiresAt)))
        return fail(invalid([{ field: '/expiresAt', rule: 'must lie ahead' }]))
      change.touch()
      const secret = `tsk_${randomBytes(32).toString('base64url')}`
      const row = await change.trx
        .insertInto('api_keys')
        .values({
          workspace_id: change.workspaceId,
          id: newId('key'),
          secret_hash: createHash('sha256').update(secret).digest('hex'),
          prefix: secret.slice(0, SHOWN_CHARACTERS),
          title,
          principal,
          scopes: [...new Set(scopes)],
          data_source_id: dataSourceId ?? null,
          expires_at: expiresAt ?? null,
          from_rev: change.revision,
          to_rev: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return ok({ key: toApiKey(row), secret })
    })
  }

async function principalFault({ trx, workspaceId }: Change, principal: string) {
  const row = await findName(trx, workspaceId, principal)
  if (row?.kind !== 'user' && row?.kind !== 'service') return unknown('user or service account')
  return row.state === 'active' ? undefined : invalid([{ field: '/principal', rule: 'must be active' }])
}

async function liesAhead({ trx }: Change, expiresAt: string): Promise<boolean> {
  const { rows } = await sql<{ ahead: boolean }>`select ${expiresAt}::timestamptz > clock_timestamp() as ahead`.execute(
    trx,
  )
  return rows[0]?.ahead === true
}
