import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { approverFault, findProposal, toProposal, waitingFault } from '../changes/proposals.store.ts'
import { readAs } from '../changes/read-at.ts'
import { fault, unknown, type WriteFault } from '../faults.ts'
import type { AccessHandlers, Make } from '../handler.ts'
import type { ApprovalDeps } from './handlers.ts'

/** What an operation answers, as far as an approval passes it on. */
type Answer = Result<{ revision: number; secret?: unknown }, WriteFault>

/**
 * Makes the proposed change by calling the very operation that was proposed, as its proposer: their right to it is asked for again, and everything else that it
 * asks for. Approval and change are one transaction. A secret that the operation answers with is not the approver's to see.
 */
export const approveProposal =
  ({ writerFor, handlersOf }: ApprovalDeps): Make<'approveProposal'> =>
  (deps) =>
    async function approveProposal({ id, hash }, call) {
      const { workspaceId } = call.caller
      const found = await readAs(deps.db, call, { anyOf: ['admin'] }, async ({ trx }) => {
        const row = await findProposal(trx, workspaceId, id)
        if (!row) return fail(unknown('proposal'))
        const refusal = (await approverFault(trx, call, row)) ?? waitingFault(row) ?? hashFault(row.hash, hash)
        return refusal ? fail(refusal) : ok(row)
      })
      if (!found.ok) return fail(narrow(found.fault))
      const row = found.value
      const handlers = handlersOf({ ...deps, write: writerFor({ proposalId: id, hash, call }) })
      // What it was proposed with, under the same schema.
      const handler = handlers[row.operation as keyof AccessHandlers] as (input: never, call: Call) => Promise<Answer>
      const done = await handler(row.input as never, asProposer(call, row.proposer))
      if (!done.ok) return done
      const { secret: _, revision, ...result } = done.value
      const decided = { ...row, state: 'approved', decided_by: call.caller.subject } as const
      return ok({ proposal: toProposal(decided), result, revision })
    }

const hashFault = (expected: string, given: string) =>
  given === expected ? undefined : fault('conflict', 'This is not the hash of the proposal. Read it again.')

/** In person, as they proposed it. */
const asProposer = (call: Call, subject: string): Call => ({
  ...call,
  caller: { workspaceId: call.caller.workspaceId, subject, actors: [], scopes: [] },
})

/** Nothing was asked for at a revision. */
function narrow(given: WriteFault | Fault<'access.future-revision'>): WriteFault {
  if (given.code === 'access.future-revision') throw new Error(given.detail)
  return given
}
