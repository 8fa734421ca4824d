import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { type ReadFault, readFault } from '../edge/faults.ts'
import type { Entry } from './read-sets.store.ts'

export type Access = Client<typeof accessContract>
export type ReadSet = { readonly id: string; readonly entries: readonly Entry[] }
export type Openable = { readonly ids: ReadonlySet<string>; readonly decisionIds: string[]; readonly revision: number }
type Options = {
  readonly atLeast?: number | undefined
  /** Everybody else who must be able to open it. */
  readonly audience?: readonly string[]
  /** Labels that nobody counts as cleared for, since it goes on to where they may not. */
  readonly unclearedLabels?: readonly string[]
}

/** What one call may ask about, so that it stays far below the limit of a message. */
const maxItems = 1000
const maxEntries = 20_000

/**
 * Which of these texts the caller, and the whole audience, may open now, by what they were made from (ACCESS.md section 6). What was made from nothing needs
 * no decision, but the caller must be active all the same.
 */
export async function checkOpenable(
  access: Access,
  sets: readonly ReadSet[],
  call: Call,
  { atLeast, audience = [], unclearedLabels = [] }: Options = {},
): Promise<Result<Openable, ReadFault>> {
  const ids = new Set(sets.filter(({ entries }) => entries.length === 0).map(({ id }) => id))
  const asked = sets.filter(({ entries }) => entries.length > 0)
  if (asked.length === 0 && atLeast === undefined) {
    const active = await access.checkRole({ anyOf: [] }, call)
    return active.ok ? ok({ ids, decisionIds: [], revision: active.value.revision }) : fail(readFault(active.fault))
  }
  const decisionIds: string[] = []
  let revision = 0
  for (const part of inParts(asked)) {
    const items = part.map(({ id, entries }) => ({ id, entries: [...entries] }))
    const question = {
      items,
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(audience.length === 0 ? {} : { audience: [...audience] }),
      ...(unclearedLabels.length === 0 ? {} : { unclearedLabels: [...unclearedLabels] }),
    }
    const checked = await access.checkReadSets(question, call)
    if (!checked.ok) return fail(readFault(checked.fault))
    for (const id of checked.value.openable) ids.add(id)
    decisionIds.push(checked.value.decisionId)
    revision = checked.value.revision
  }
  return ok({ ids, decisionIds, revision })
}

function inParts(sets: readonly ReadSet[]): ReadSet[][] {
  const parts: ReadSet[][] = [[]]
  let size = 0
  for (const set of sets) {
    const part = parts.at(-1) ?? []
    if (part.length === maxItems || (part.length > 0 && size + set.entries.length > maxEntries)) {
      parts.push([set])
      size = set.entries.length
    } else {
      part.push(set)
      size += set.entries.length
    }
  }
  return parts
}
