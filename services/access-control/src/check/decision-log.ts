import { last, prepared } from '@tessera/shared/database/prepared'
import { type Id, newId } from '@tessera/shared/ids/ids'
import type { Call } from '@tessera/shared/bus/call'
import type { Transaction } from 'kysely'
import type { AccessTables, LoggedDocument } from '../database.ts'
import type { Decision } from '../decide/decide.ts'

export type LogEntry = {
  kind: 'passages' | 'read-sets'
  purpose: string
  revision: number
  queryHash?: string | undefined
  documents: readonly LoggedDocument[]
}

/** The decision log cannot be written. Nothing may be answered then. */
export class LogError extends Error {}

/**
 * Runs a decision and its log row in one transaction: the answer exists only if the row was committed. Whatever fails once the decision was made, the
 * commit included, is a `LogError`.
 */
export async function logged<T>(
  open: (work: (trx: Transaction<AccessTables>) => Promise<T>) => Promise<T>,
  decide: (trx: Transaction<AccessTables>, log: (call: Call, entry: LogEntry) => Promise<Id<'dec'>>) => Promise<T>,
): Promise<T> {
  let decided = false
  try {
    return await open((trx) =>
      decide(trx, async (call, entry) => {
        decided = true
        return appendRow(trx, call, entry)
      }),
    )
  } catch (error) {
    if (decided) throw new LogError('The decision log cannot be written', { cause: error })
    throw error
  }
}

/** The last statement of its transaction. */
async function appendRow(trx: Transaction<AccessTables>, { caller }: Call, entry: LogEntry): Promise<Id<'dec'>> {
  const id = newId('dec')
  await trx
    .insertInto('decisions')
    .values({
      id,
      workspace_id: caller.workspaceId,
      kind: entry.kind,
      purpose: entry.purpose,
      subject: caller.subject,
      actors: [...caller.actors],
      revision: entry.revision,
      query_hash: entry.queryHash ?? null,
      documents: JSON.stringify(entry.documents),
    })
    .modifyEnd(prepared)
    .modifyEnd(last)
    .execute()
  return id
}

export const loggedDocument = (
  documentId: string,
  passages: readonly string[],
  { allowed, view, reasons }: Decision,
): LoggedDocument => ({
  documentId,
  passages: [...passages],
  decision: allowed ? 'allowed' : 'refused',
  view,
  reasons: [...new Set(reasons.map(({ code }) => code))],
})
