import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { fail, ok } from '@tessera/shared/fault/result'
import { failFromAccess, fault } from '../faults.ts'
import { askedOf, type SearchInput } from './asked.ts'
import type { FindCandidates } from './find-candidates.ts'
import { createRememberedFilters, isSameFilter } from './remembered-filters.ts'

export type BeginDeps = {
  access: Pick<Client<typeof accessContract>, 'readerFilter'>
  findCandidates: FindCandidates
  awaitRevision: (revision: number, call: Call) => Promise<boolean>
}

/**
 * Asks for the reader's filter, and meanwhile makes the query's vector and asks the index already, with the filter that the reader had the last time. What that finds counts only if
 * the filter is still the same; else the index is asked anew.
 */
export function createBegin({ access, findCandidates, awaitRevision }: BeginDeps) {
  const filters = createRememberedFilters()
  return async function begin(input: SearchInput, firstPool: number, call: Call) {
    const { atLeast, audience, unclearedLabels } = input
    const at = {
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(audience === undefined ? {} : { audience }),
      ...(unclearedLabels === undefined ? {} : { unclearedLabels }),
    }
    const preparing = findCandidates.prepare(input.query, call)
    // The rows are to be of the revision that was asked for, so they cannot be asked before it is there.
    const last = atLeast === undefined ? filters.of(call, at) : undefined
    const findAhead = async (filter: NonNullable<typeof last>) => {
      const prepared = await preparing
      if (!prepared.ok) return prepared
      return findCandidates.find({ ...askedOf(input, filter), ...prepared.value }, firstPool, call)
    }
    const ahead = last && settledLater(findAhead(last))
    const [answered, prepared] = await Promise.all([access.readerFilter(at, call), preparing])
    if (!answered.ok) return failFromAccess(answered.fault)
    const filter = answered.value
    filters.remember(call, at, filter)
    if (atLeast !== undefined && !(await awaitRevision(atLeast, call))) {
      return fail(fault('behind', `The index has not reached revision ${atLeast}.`))
    }
    if (!prepared.ok) return prepared
    const asked = { ...askedOf(input, filter), ...prepared.value }
    const isAhead = last !== undefined && isSameFilter(last, filter)
    const find = (pool: number) =>
      ahead && isAhead && pool === firstPool ? ahead : findCandidates.find(asked, pool, call)
    return ok({ filter, at, find, embeddingModel: prepared.value.embedded?.model })
  }
}

/** Nobody may be there to hear that it failed; whoever awaits it still does. */
function settledLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
