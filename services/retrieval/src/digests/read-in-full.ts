import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { type AccessCheck, checkPassages } from '../documents/check-passages.ts'
import { candidateOf, decoy, offersOf, served } from '../documents/offers.ts'
import type { PassagesStore } from '../documents/passages.store.ts'
import { fault } from '../faults.ts'

/**
 * The passage, if the caller reads it in full now. Everything else is not found, after the same work: whoever sees less of it must not learn what is proposed in its
 * place, nor by trying which texts it holds.
 */
export function createReadInFull({ access, passages }: { access: AccessCheck; passages: PassagesStore }) {
  return async function readInFull({ passageId, atLeast }: { passageId: string; atLeast?: number }, call: Call) {
    const [passage] = await passages.uncheckedByIds(call.caller.workspaceId, [passageId])
    const full = passage && offersOf(passage).find(({ view }) => view === 'full')
    const candidates = [full ? candidateOf(full) : decoy()]
    const input = { candidates, operation: 'citation' as const, ...(atLeast === undefined ? {} : { atLeast }) }
    const checked = await checkPassages(access, input, call)
    if (!checked.ok) return checked
    const isRead = full !== undefined && served(full, checked.value).length > 0
    if (!isRead) return fail(fault('not-found', 'No such passage here.'))
    const { decisionId, revision } = checked.value
    return ok({ passage: full.passage, decisionId, revision })
  }
}

export type ReadInFull = ReturnType<typeof createReadInFull>
