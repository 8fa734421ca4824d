import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import type { Change, Operation } from '../changes/writer.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findName } from '../people/principals.store.ts'
import { findDataSource } from '../sources/data-sources.store.ts'
import { toApiKey } from './list-keys.ts'
import { isOwnKey, mayKeysOf } from './may-keys.ts'
import { hashOf, newSecret, prefixOf } from './secrets.ts'

type Input = Parameters<ReturnType<Make<'createKey'>>>[0]

/**
 * The secret leaves in this answer and nowhere else. Where a second admin approves the key, it is made without a usable one, since the answer is theirs: who proposed
 * it then takes the secret, once, by `rotateKey`.
 */
export const createKey: Make<'createKey'> = ({ write }) =>
  async function createKey(input, call) {
    const { title, principal, scopes, dataSourceId, purposes = [], labels = [], expiresAt } = input
    if (scopes.includes('push') !== (dataSourceId !== undefined)) {
      return fail(invalid([{ field: '/dataSourceId', rule: 'belongs to a key with the scope push, and to no other' }]))
    }
    const operation: Operation = {
      operation: 'createKey',
      kind: 'key',
      input,
      // A policy may make an exception for a purpose.
      sensitive: !isOwnKey(call, principal) || purposes.length > 0,
    }
    const may = mayKeysOf(principal, () => selfMadeFault(input))
    return write(call, operation, may, async (change) => {
      const refusal = await inputFault(change, input)
      if (refusal) return fail(refusal)
      change.touch()
      const secret = newSecret()
      const row = await change.trx
        .insertInto('api_keys')
        .values({
          workspace_id: change.workspaceId,
          id: newId('key'),
          secret_hash: hashOf(secret),
          prefix: prefixOf(secret),
          title,
          principal,
          scopes: [...new Set(scopes)],
          data_source_id: dataSourceId ?? null,
          purposes: [...new Set(purposes)],
          labels: [...new Set(labels)].toSorted(),
          created_by: call.caller.subject,
          secret_for: change.approved ? call.caller.subject : null,
          expires_at: expiresAt ?? null,
          from_rev: change.revision,
          to_rev: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return ok({ key: toApiKey(row), secret: change.approved ? '' : secret })
    })
  }

const selfMadeScopes = ['ask', 'search', 'models']

/** What somebody who is no admin makes for themselves is never worth more than what they may do anyway. */
function selfMadeFault({ scopes, purposes = [], labels = [] }: Input) {
  return scopes.every((scope) => selfMadeScopes.includes(scope)) && purposes.length === 0 && labels.length === 0
    ? undefined
    : fault(
        'forbidden',
        `A key that you make for yourself has the scopes ${selfMadeScopes.join(', ')}, no purposes and no labels.`,
      )
}

async function inputFault(change: Change, { principal, dataSourceId, expiresAt }: Input) {
  const refusal = await principalFault(change, principal)
  if (refusal) return refusal
  if (dataSourceId && !(await findDataSource(change.trx, change.workspaceId, dataSourceId)))
    return unknown('data source')
  return expiresAt && !(await liesAhead(change, expiresAt))
    ? invalid([{ field: '/expiresAt', rule: 'must lie ahead' }])
    : undefined
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
