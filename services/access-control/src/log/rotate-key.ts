import { inTransaction } from '@tessera/shared/database/database'
import { systemClock } from '@tessera/shared/time/clock'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import { appendInTransaction } from './append.ts'
import { signRotation } from './checkpoint.ts'
import type { SigningKey } from './keys.ts'

/**
 * Hands every workspace's log over to a new key: by a row that both have signed. Processes with the old key write no checkpoint from then on, so they are to be
 * restarted with the new one. Logs that are the new key's already are passed over, so a rotation that broke off is taken up again. Returns what it rotated.
 */
export async function rotateKey(
  db: Kysely<AccessTables>,
  oldKey: SigningKey,
  newKey: SigningKey,
  clock = systemClock,
): Promise<string[]> {
  const heads = await db
    .selectFrom('log_heads')
    .select('workspace_id')
    .where((where) => where.or([where('key_id', 'is', null), where('key_id', '<>', newKey.id)]))
    .orderBy('workspace_id')
    .execute()
  for (const { workspace_id } of heads) {
    await inTransaction(db, async (trx) => {
      const { revision } = await trx
        .selectFrom('workspaces')
        .select('revision')
        .where('id', '=', workspace_id)
        .forUpdate()
        .executeTakeFirstOrThrow()
      const { key_id } = await trx
        .selectFrom('log_heads')
        .select('key_id')
        .where('workspace_id', '=', workspace_id)
        .forUpdate()
        .executeTakeFirstOrThrow()
      if (key_id !== null && key_id !== oldKey.id)
        throw new Error(`The log of ${workspace_id} has another key than the old one: ${key_id}`)
      const details = signRotation(workspace_id, new Date(clock.nowMs()).toISOString(), oldKey, newKey)
      const who = { workspaceId: workspace_id, subject: 'system:operator', actors: [], revision }
      await appendInTransaction(trx, [{ ...who, kind: 'key-rotation', operation: 'rotateKey', details }])
      await trx.updateTable('log_heads').set({ key_id: newKey.id }).where('workspace_id', '=', workspace_id).execute()
    })
  }
  return heads.map(({ workspace_id }) => workspace_id)
}
