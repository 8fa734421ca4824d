import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { May, Operation } from '../changes/writer.ts'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { toApiKey } from './list-keys.ts'
import { isOwnKey, mayKeysOf } from './may-keys.ts'
import { hashOf, newSecret, prefixOf } from './secrets.ts'

const HOUR_MS = 3_600_000

/**
 * Gives a key another secret; the one before works until the overlap ends, by the database's clock, and any older one never again.
 *
 * An approved rotation only says who may take a new secret, once, by this same operation: the answer to the approval is the second admin's, who must not see it.
 */
export const rotateKey: Make<'rotateKey'> = ({ write }) =>
  async function rotateKey({ id, overlapMs = HOUR_MS }, call) {
    const { workspaceId, subject } = call.caller
    const operation: Operation = {
      operation: 'rotateKey',
      kind: 'key',
      input: { id, overlapMs },
      sensitive: async ({ trx }) => {
        const key = await findKey(trx, workspaceId, id)
        return key !== undefined && !isOwnKey(call, key.principal) && key.secret_for !== subject
      },
    }
    return write(call, operation, mayKey(id), async ({ trx, approved, ...change }) => {
      const key = await findKey(trx, workspaceId, id)
      if (!key) return fail(unknown('key'))
      change.touch()
      const secret = newSecret()
      const query = trx
        .updateTable('api_keys')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .returningAll()
      if (approved) {
        const row = await query.set({ secret_for: subject }).executeTakeFirstOrThrow()
        return ok({ key: toApiKey(row), secret: '' })
      }
      const row = await query
        .set({
          secret_hash: hashOf(secret),
          prefix: prefixOf(secret),
          secret_for: null,
          old_secret_hash: key.secret_hash,
          old_secret_until: sql<Date>`clock_timestamp() + ${overlapMs}::bigint * interval '1 millisecond'`,
        })
        .executeTakeFirstOrThrow()
      return ok({ key: toApiKey(row), secret })
    })
  }

/** A key that was not revoked. */
export const findKey = (db: Kysely<AccessTables>, workspaceId: string, id: string) =>
  db
    .selectFrom('api_keys')
    .select(['principal', 'secret_hash', 'secret_for'])
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('to_rev', 'is', null)
    .executeTakeFirst()

/** Who may deal with the keys of a key's principal; a key of somebody else can't be told from a missing one, which only admins find missing. */
export const mayKey =
  (id: string): May =>
  async (trx, call) => {
    const key = await trx
      .selectFrom('api_keys')
      .select('principal')
      .where('workspace_id', '=', call.caller.workspaceId)
      .where('id', '=', id)
      .executeTakeFirst()
    return mayKeysOf(key?.principal ?? '')(trx, call)
  }
