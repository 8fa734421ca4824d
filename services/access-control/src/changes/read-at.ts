import type { Call } from '@tessera/shared/bus/call'
import type { Role } from '@tessera/shared/contracts/access-control'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, type Result } from '@tessera/shared/fault/result'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { fault, futureRevision, type ReadFault } from '../faults.ts'
import { type CallerRow, findCaller, roleFault } from '../people/may.ts'

/** Runs several queries in one snapshot, and says which revision it shows. */
export function readAt<T>(
  db: Kysely<AccessTables>,
  workspaceId: string,
  work: (trx: Transaction<AccessTables>, revision: number) => Promise<T>,
) {
  return inTransaction(db, async (trx) => {
    await sql`set transaction isolation level repeatable read, read only`.execute(trx)
    const workspace = await trx
      .selectFrom('workspaces')
      .select('revision')
      .where('id', '=', workspaceId)
      .executeTakeFirst()
    return workspace ? work(trx, workspace.revision) : fail(fault('forbidden', 'No such workspace.'))
  })
}

export type Reading = {
  readonly trx: Transaction<AccessTables>
  readonly workspaceId: string
  readonly revision: number
  readonly row: CallerRow
}

/** The same for a caller who must hold one of these roles (any active principal if none is given), at a revision of at least `atLeast`. */
export async function readAs<T>(
  db: Kysely<AccessTables>,
  call: Call,
  { anyOf, atLeast }: { anyOf: readonly Role[]; atLeast?: number | undefined },
  work: (reading: Reading) => Promise<T>,
): Promise<T | Result<never, ReadFault>> {
  const { workspaceId } = call.caller
  return readAt(db, workspaceId, async (trx, revision) => {
    const row = await findCaller(trx, call)
    const refusal = roleFault(row, call, anyOf) ?? futureRevision(revision, atLeast)
    return refusal || !row
      ? fail(refusal ?? fault('forbidden', 'No such principal.'))
      : work({ trx, workspaceId, revision, row })
  })
}
