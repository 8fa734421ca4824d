import type { Call } from '@tessera/shared/bus/call'
import { anotherRequest, answerOnce } from '@tessera/shared/database/answer-once'
import { inTransaction } from '@tessera/shared/database/database'
import { last, prepared } from '@tessera/shared/database/prepared'
import { type Failure, fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Kysely, Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { fault, noWorkspace, stopped, type WriteFault } from '../faults.ts'
import type { Json } from '../log/canonical-json.ts'
import type { LogKind } from '../log/row.ts'
import type { LogWriter } from '../log/writer.ts'
import type { Hints } from './hints.ts'
import { propose, type SensitiveChange, takeProposal } from './proposals.store.ts'

/** One change of a workspace, inside its transaction. */
export type Change = {
  readonly trx: Transaction<AccessTables>
  readonly workspaceId: string
  /** What the rows written here carry: new ones as `from_rev`, ended ones as `to_rev`. */
  readonly revision: number
  /**
   * Says that something really changed. Without it the revision stays, and nothing may have been written. `readers`: it can change a reader's filter
   * (principals, memberships, clearances, label definitions, policies, agents, a new signature), so filters that were kept are made anew.
   */
  touch(what?: { readonly readers?: boolean }): void
  /** The proposal that this is the execution of, and the second admin who approved it. */
  readonly approved: { readonly proposalId: string; readonly by: string } | undefined
}

/** Who may make a change; decided inside its transaction, so that a right taken back before is gone. */
export type May = (trx: Transaction<AccessTables>, call: Call) => Promise<WriteFault | undefined>

/** What is done. The log keeps the name, and of the input a salted hash. */
export type Operation = {
  readonly operation: string
  /** Whole, as it came in: an approved proposal is executed by calling the operation with it again. */
  readonly input: unknown
  /** The idempotency key that came with it: the same again gets the answer of the first, and changes nothing. */
  readonly key?: string | undefined
  /** What the row in the log is called; `change` if nothing is said. */
  readonly kind?: Extract<LogKind, 'change' | 'grant' | 'policy' | 'key' | 'role'>
  /**
   * Whether a second admin must approve it, if the workspace says so (ACCESS.md section 10); `always`: whatever it says. Decided inside the transaction, over the
   * facts before the work.
   */
  readonly sensitive?: boolean | 'always' | ((change: Change, call: Call) => Promise<boolean>)
  /** What the effect depends on beside the input, such as the text of a draft: part of the hash that is approved, so that it can't be exchanged in between. */
  readonly about?: (change: Change) => Promise<Json>
  /** For the few operations that work while the workspace is stopped. */
  readonly whileStopped?: boolean
  /** The change gets a revision above this one. */
  readonly above?: number
}

/** A proposal that another admin approves, by their own call. */
export type Approval = { readonly proposalId: string; readonly hash: string; readonly call: Call }

export type Writer = <T extends object>(
  call: Call,
  operation: Operation,
  may: May,
  work: (change: Change) => Promise<Result<T, WriteFault>>,
) => Promise<Result<T & { revision: number }, WriteFault>>

/**
 * Runs each change under the lock of its workspace's row, so that the order of commits is the order of revisions, and writers of one workspace see each
 * other's facts. A refusal rolls back. The event follows the commit.
 *
 * A change that takes a second admin is tried out and rolled back: what would be refused anyway, or change nothing, is answered so; the rest is stored as a
 * proposal. With an `approval` the writer executes that proposal, in the transaction that marks it as approved.
 */
export function createWriter(db: Kysely<AccessTables>, hints: Hints, log: LogWriter, approval?: Approval): Writer {
  return async function write<T extends object>(
    call: Call,
    operation: Operation,
    may: May,
    work: (change: Change) => Promise<Result<T, WriteFault>>,
  ) {
    const { workspaceId } = call.caller
    try {
      const { done, changed } = await inTransaction(db, async (trx) => {
        const workspace = await lockWorkspace(trx, workspaceId)
        const refusal = workspace ? (refusalOf(workspace, operation) ?? (await may(trx, call))) : noWorkspace()
        if (!workspace || refusal) throw new Refused(fail(refusal ?? noWorkspace()))
        const revision = Math.max(workspace.revision, operation.above ?? 0) + 1
        const change = createChange(trx, workspaceId, revision, approval)
        const done = await answerOnce(trx, { ...operation, caller: call.caller }, async () => {
          if (approval) await takeApproval(change, call, operation, approval)
          const sensitive = !approval && (await isSensitive(workspace, change, call, operation))
          const about = sensitive ? await operation.about?.(change) : undefined
          const result = await work(change)
          if (!result.ok) throw new Refused(result)
          if (!change.touched()) return { ...result.value, revision: workspace.revision }
          if (sensitive) throw new ApprovalRequired({ operation: operation.operation, input: operation.input, about })
          await logChange(log, change, call, operation, workspace.policy_version)
          await raiseRevision(change, call, operation, change.touchedReaders())
          return { ...result.value, revision: change.revision }
        })
        if (!done) throw new Refused(fail(fault('conflict', anotherRequest)))
        return { done, changed: change.touched() }
      })
      if (changed) hints.raised(workspaceId, done.revision)
      return ok(done)
    } catch (error) {
      if (error instanceof Refused) return error.failure
      if (error instanceof ApprovalRequired) return fail(await propose(db, log, call, error.change))
      throw error
    }
  }
}

/** Carries a change out of the transaction that tried it. */
class ApprovalRequired extends Error {
  readonly change: SensitiveChange
  constructor(change: SensitiveChange) {
    super('A second admin must approve this')
    this.change = change
  }
}

const refusalOf = (workspace: { stopped_at: Date | null }, operation: Operation) =>
  operation.whileStopped ? undefined : stopped({ stopped: workspace.stopped_at !== null })

async function isSensitive(
  workspace: { two_admins: boolean },
  change: Change,
  call: Call,
  { sensitive = false }: Operation,
): Promise<boolean> {
  if (sensitive === 'always') return true
  if (!workspace.two_admins) return false
  return typeof sensitive === 'function' ? sensitive(change, call) : sensitive
}

async function takeApproval(change: Change, call: Call, operation: Operation, approval: Approval): Promise<void> {
  const about = await operation.about?.(change)
  const refusal = await takeProposal(
    change,
    call,
    { operation: operation.operation, input: operation.input, about },
    approval,
  )
  if (refusal) throw new Refused(fail(refusal))
  change.touch()
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
    .select(['revision', 'two_admins', 'stopped_at', 'policy_version'])
    .where('id', '=', workspaceId)
    .forUpdate()
    .modifyEnd(prepared)
    .executeTakeFirst()

function createChange(
  trx: Transaction<AccessTables>,
  workspaceId: string,
  revision: number,
  approval: Approval | undefined,
) {
  let changed = false
  let forReaders = false
  return {
    trx,
    workspaceId,
    revision,
    approved: approval && { proposalId: approval.proposalId, by: approval.call.caller.subject },
    touch: ({ readers = false }: { readonly readers?: boolean } = {}) => {
      changed = true
      forReaders ||= readers
    },
    touched: () => changed,
    touchedReaders: () => forReaders,
  }
}

/** The change is in the log or not made. */
async function logChange(
  log: LogWriter,
  { trx, workspaceId, revision, approved }: Change,
  { caller }: Call,
  { operation, input, kind = 'change' }: Operation,
  policyVersion: number,
): Promise<void> {
  const { subject, actors } = caller
  // What came in was JSON, and passed the operation's schema.
  const inputHash = await log.inputHash(trx, workspaceId, input as Json)
  await log.appendInTransaction(trx, [
    { workspaceId, kind, operation, subject, actors, approvedBy: approved?.by, revision, policyVersion, inputHash },
  ])
}

async function raiseRevision(
  { trx, workspaceId, revision, approved }: Change,
  { caller }: Call,
  { operation }: Operation,
  forReaders: boolean,
): Promise<void> {
  const { subject, actors } = caller
  const raised = forReaders ? { revision, reader_revision: revision } : { revision }
  await trx
    .with('raised', (query) => query.updateTable('workspaces').set(raised).where('id', '=', workspaceId))
    .insertInto('changes')
    .values({
      workspace_id: workspaceId,
      revision,
      operation,
      subject,
      actors: [...actors],
      approved_by: approved?.by ?? null,
    })
    .modifyEnd(prepared)
    .modifyEnd(last)
    .execute()
}
