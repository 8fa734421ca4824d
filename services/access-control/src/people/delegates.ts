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

/** The space that the document is in now: a delegate's right is one of now, whatever revision they ask about. A deleted document is in none. */
export async function spaceOfDocument(
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentId: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ space: string }>`
    select s.space from documents d
    join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null
    where d.workspace_id = ${workspaceId} and d.document_id = ${documentId} and d.deleted_rev is null`.execute(db)
  return rows[0]?.space
}

/** Whether the caller is a delegate of the space that the document is in. */
export async function isDelegateOfDocument(db: Kysely<AccessTables>, call: Call, documentId: string): Promise<boolean> {
  const space = await spaceOfDocument(db, call.caller.workspaceId, documentId)
  return space !== undefined && (await isDelegate(db, call, space))
}

/** Admins, and delegates of the space that the document is in. */
export const mayAdministerDocument = (documentId: string): May =>
  mayAdminOrDelegate((trx, workspaceId) => spaceOfDocument(trx, workspaceId, documentId))
