import type { Call } from '@tessera/shared/bus/call'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import { inTransaction } from '@tessera/shared/database/database'
import { prepared } from '@tessera/shared/database/prepared'
import { fail, type Result } from '@tessera/shared/fault/result'
import type { Kysely, Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { fault, futureRevision, noWorkspace, type ReadFault, stopped } from '../faults.ts'
import { type CallerRow, findCallerNow, roleFault } from '../people/may.ts'

const snapshot = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const

/** Runs several queries in one snapshot, and says which revision it shows. */
export function readAt<T>(
  db: Kysely<AccessTables>,
  workspaceId: string,
  work: (trx: Transaction<AccessTables>, revision: number) => Promise<T>,
) {
  return inTransaction(
    db,
    async (trx) => {
      const workspace = await trx
        .selectFrom('workspaces')
        .select('revision')
        .where('id', '=', workspaceId)
        .modifyEnd(prepared)
        .executeTakeFirst()
      return workspace ? work(trx, workspace.revision) : fail(noWorkspace())
    },
    snapshot,
  )
}

export type Reading = {
  readonly trx: Transaction<AccessTables>
  readonly workspaceId: string
  readonly revision: number
  readonly row: CallerRow
}

export type ReadOptions = {
  readonly anyOf: readonly Role[]
  readonly atLeast?: number | undefined
  /** For what an admin looks at before they confirm a restored backup. */
  readonly whileStopped?: boolean
}

/** The same for a caller who must hold one of these roles (any active principal if none is given), at a revision of at least `atLeast`. */
export async function readAs<T>(
  db: Kysely<AccessTables>,
  call: Call,
  { anyOf, atLeast, whileStopped = false }: ReadOptions,
  work: (reading: Reading) => Promise<T>,
): Promise<T | Result<never, ReadFault>> {
  const { workspaceId } = call.caller
  return inTransaction(
    db,
    async (trx) => {
      const now = await findCallerNow(trx, call)
      if (!now) return fail(noWorkspace())
      const { row, revision } = now
      const refusal =
        roleFault(row, call, anyOf) ?? (whileStopped ? undefined : stopped(now)) ?? futureRevision(revision, atLeast)
      return refusal || !row
        ? fail(refusal ?? fault('forbidden', 'No such principal.'))
        : work({ trx, workspaceId, revision, row })
    },
    snapshot,
  )
}
