import type { Call } from '@tessera/shared/bus/call'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { May } from '../changes/writer.ts'
import { coveringNames } from '../check/covering.ts'
import type { AccessTables } from '../database.ts'
import { stateFault } from '../faults.ts'
import { findCaller, isInPerson, roleFault } from './may.ts'

/** Whether the caller, a user in person, administers this space for the admins: by name or through a group (ACCESS.md section 10). */
export async function isDelegate(db: Kysely<AccessTables>, call: Call, space: string): Promise<boolean> {
  const { workspaceId, subject } = call.caller
  if (!subject.startsWith('user:') || !isInPerson(call)) return false
  const { rows } = await sql`
    with recursive ${coveringNames(workspaceId, [subject])}
    select from space_delegates d
    where d.workspace_id = ${workspaceId} and d.space = ${space} and d.to_rev is null and d.principal in (select name from covering)
    limit 1`.execute(db)
  return rows.length > 0
}

/** Admins, and who administers this space for them. Without a space, admins alone. */
export const mayAdminOrDelegate =
  (space: string | ((trx: Transaction<AccessTables>, workspaceId: string) => Promise<string | undefined>)): May =>
  async (trx, call) => {
    const row = await findCaller(trx, call)
    const refusal = roleFault(row, call, ['admin'])
    if (!refusal || !row || stateFault(row.state)) return refusal
    const place = typeof space === 'string' ? space : await space(trx, call.caller.workspaceId)
    return place !== undefined && (await isDelegate(trx, call, place)) ? undefined : refusal
  }

/** Admins, and delegates of the space that the document is in. */
export const mayAdministerDocument = (documentId: string): May =>
  mayAdminOrDelegate(async (trx, workspaceId) => {
    const place = await trx
      .selectFrom('documents as d')
      .innerJoin('data_sources as s', (join) =>
        join
          .onRef('s.workspace_id', '=', 'd.workspace_id')
          .onRef('s.data_source_id', '=', 'd.data_source_id')
          .on('s.to_rev', 'is', null),
      )
      .select('s.space')
      .where('d.workspace_id', '=', workspaceId)
      .where('d.document_id', '=', documentId)
      .executeTakeFirst()
    return place?.space
  })
