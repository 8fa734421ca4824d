import type { Call } from '@tessera/shared/bus/call'
import { inTransaction } from '@tessera/shared/database/database'
import { last, prepared } from '@tessera/shared/database/prepared'
import { type Failure, fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Kysely, Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { noWorkspace, type WriteFault } from '../faults.ts'
import type { Hints } from './hints.ts'

/** One change of a workspace, inside its transaction. */
export type Change = {
  readonly trx: Transaction<AccessTables>
  readonly workspaceId: string
  /** What the rows written here carry: new ones as `from_rev`, ended ones as `to_rev`. */
  readonly revision: number
  /** Says that something really changed. Without it the revision stays, and nothing may have been written. */
  touch(): void
}

/** Who may make a change; decided inside its transaction, so that a right taken back before is gone. */
export type May = (trx: Transaction<AccessTables>, call: Call) => Promise<WriteFault | undefined>

export type Writer = <T extends object>(
  call: Call,
  operation: string,
  may: May,
  work: (change: Change) => Promise<Result<T, WriteFault>>,
) => Promise<Result<T & { revision: number }, WriteFault>>

/**
 * Runs each change under the lock of its workspace's row, so that the order of commits is the order of revisions, and writers of one workspace see each
 * other's facts. A refusal rolls back. The event follows the commit.
 */
export function createWriter(db: Kysely<AccessTables>, hints: Hints): Writer {
  return async function write<T extends object>(
    call: Call,
    operation: string,
    may: May,
    work: (change: Change) => Promise<Result<T, WriteFault>>,
  ) {
    const { workspaceId, subject, actors } = call.caller
    try {
      const done = await inTransaction(db, async (trx) => {
        const workspace = await lockWorkspace(trx, workspaceId)
        const refusal = workspace ? await may(trx, call) : noWorkspace()
        if (!workspace || refusal) throw new Refused(fail(refusal ?? noWorkspace()))
        const change = createChange(trx, workspaceId, workspace.revision + 1)
        const result = await work(change)
        if (!result.ok) throw new Refused(result)
        if (!change.touched()) return { value: result.value, revision: workspace.revision, changed: false }
        await raiseRevision(trx, { workspaceId, revision: change.revision, operation, subject, actors: [...actors] })
        return { value: result.value, revision: change.revision, changed: true }
      })
      if (done.changed) hints.raised(workspaceId, done.revision)
      return ok({ ...done.value, revision: done.revision })
    } catch (error) {
      if (error instanceof Refused) return error.failure
      throw error
    }
  }
}

/** Carries a refusal out of the transaction, which rolls back on whatever is thrown. */
class Refused extends Error {
  readonly failure: Failure<WriteFault>
  constructor(failure: Failure<WriteFault>) {
    super(failure.fault.code)
    this.failure = failure
  }
}

const lockWorkspace = (trx: Transaction<AccessTables>, workspaceId: string) =>
  trx
    .selectFrom('workspaces')
    .select('revision')
    .where('id', '=', workspaceId)
    .forUpdate()
    .modifyEnd(prepared)
    .executeTakeFirst()

function createChange(trx: Transaction<AccessTables>, workspaceId: string, revision: number) {
  let changed = false
  return {
    trx,
    workspaceId,
    revision,
    touch: () => {
      changed = true
    },
    touched: () => changed,
  }
}

async function raiseRevision(
  trx: Transaction<AccessTables>,
  change: { workspaceId: string; revision: number; operation: string; subject: string; actors: string[] },
): Promise<void> {
  const { workspaceId, revision, operation, subject, actors } = change
  await trx
    .with('raised', (query) => query.updateTable('workspaces').set({ revision }).where('id', '=', workspaceId))
    .insertInto('changes')
    .values({ workspace_id: workspaceId, revision, operation, subject, actors })
    .modifyEnd(prepared)
    .modifyEnd(last)
    .execute()
}
