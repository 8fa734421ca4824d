import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import { type AccessCheck, checkPassages } from './check-passages.ts'
import { candidateOf, decoy, greatest, offersOf } from './offers.ts'
import type { PassagesStore } from './passages.store.ts'

/** How many passages are shown before and after one. */
const reach = 2

/**
 * One passage with its neighbours, each decided now, at its own view. Missing, another workspace's and unreadable are the same answer, after the same work: a check
 * with its row in the decision log.
 */
export function createGetPassage({ access, passages }: { access: AccessCheck; passages: PassagesStore }) {
  return async function getPassage({ passageId, atLeast }: { passageId: string; atLeast?: number }, call: Call) {
    const found = await passages.uncheckedWithNeighbours(call.caller.workspaceId, passageId, reach)
    const offers = found.flatMap(offersOf)
    const candidates = offers.length > 0 ? offers.map(candidateOf) : [decoy()]
    const input = { candidates, operation: 'citation' as const, ...(atLeast === undefined ? {} : { atLeast }) }
    const checked = await checkPassages(access, input, call)
    if (!checked.ok) return checked
    const at = found.findIndex((passage) => passage.passageId === passageId)
    const here = found.slice(at, at + 1).flatMap((passage) => greatest(passage, checked.value))[0]
    if (!here) return fail(fault('not-found', 'No such passage here.'))
    const { decisionId, receipt, revision } = checked.value
    return ok({
      passage: here,
      before: found.slice(0, at).flatMap((passage) => greatest(passage, checked.value)),
      after: found.slice(at + 1).flatMap((passage) => greatest(passage, checked.value)),
      decisionId,
      receipt,
      revision,
    })
  }
}
