import type { Call } from '@tessera/shared/bus/call'
import { inTransaction } from '@tessera/shared/database/database'
import { ok, type Result } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'
import type { ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import type { Access } from './check-openable.ts'

/**
 * To erase a document is to destroy what was made from it as well (ACCESS.md section 11). A read set is the union of all that went into a text, through history,
 * too, so one look finds every text. What still runs is cancelled first, and ends without a text.
 */
export function createEraseDerived({ db, access }: { db: AgentsDatabase; access: Access }) {
  return async function eraseDerived(
    { documentId }: { documentId: string },
    call: Call,
  ): Promise<Result<{ messages: number }, ReadFault>> {
    const admin = await requireActive(access, call, ['admin'])
    if (!admin.ok) return admin
    const { workspaceId } = call.caller
    return inTransaction(db, async (trx) => {
      const made = sql`select r.message_id from read_sets r
        join messages m on m.id = r.message_id join conversations c on c.id = m.conversation_id
        where c.workspace_id = ${workspaceId} and r.document_id = ${documentId}`
      const runs = sql`select id from runs where workspace_id = ${workspaceId} and message_id in (${made})`
      await sql`update runs set cancel = 'access.revoked' where id in (${runs}) and ended_at is null`.execute(trx)
      await sql`delete from run_events where run_id in (${runs})`.execute(trx)
      await sql`delete from run_steps where run_id in (${runs})`.execute(trx)
      await sql`update feedback set comment = null where message_id in (${made})`.execute(trx)
      const erased = await sql`update messages set text = '', citations = '[]', fault = null
        where id in (${made}) and (text <> '' or citations <> '[]')`.execute(trx)
      return ok({ messages: Number(erased.numAffectedRows ?? 0) })
    })
  }
}
