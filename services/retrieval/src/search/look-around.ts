import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Candidate, Checked } from '../documents/check-passages.ts'
import { candidateOf, greatest, offersOf } from '../documents/offers.ts'
import type { PassagesStore, RegistryPassage } from '../documents/passages.store.ts'
import type { Current } from './current-offers.ts'
import type { Settled } from './settle.ts'

/** What was found, with what stands around it. */
export type Surrounded = Settled & { readonly around: readonly RegistryPassage[] }

/**
 * Fetches what stands within `reach` of each passage, and decides about all of it at once: one decision covers everything that is served. So does the one that allowed what was
 * found, where nothing stands around and `waited` is false: no time has passed since, as it has when a model reranked.
 */
export async function lookAround<F extends Fault>(
  settled: Settled,
  reach: number,
  {
    passages,
    workspaceId,
    check,
    waited,
  }: {
    passages: Pick<PassagesStore, 'uncheckedAround'>
    workspaceId: string
    check: (candidates: readonly Candidate[]) => Promise<Result<Checked, F>>
    waited: boolean
  },
): Promise<Result<Surrounded, F>> {
  if ((reach === 0 && !waited) || settled.kept.length === 0) return ok({ ...settled, around: [] })
  const found = settled.kept.map(({ offer }) => offer)
  const ids = new Set(found.map(({ passage }) => passage.passageId))
  const around = reach === 0 ? [] : await passages.uncheckedAround(workspaceId, [...ids], reach)
  const others = around.filter(({ passageId }) => !ids.has(passageId)).flatMap(offersOf)
  const checked = await check([...found, ...others].map(candidateOf))
  if (!checked.ok) return checked
  const kept = settled.kept.filter(({ hit }) => checked.value.allowed(hit.passageId, hit.view))
  return ok({ kept, checked: checked.value, around })
}

/** What stands before and after a passage, as far as it is allowed, each at its own view. One that was found itself is shown as it was found. */
export function neighboursOf({ offer }: Current, { around, checked }: Surrounded, reach: number) {
  const { documentId, ordinal: here } = offer.passage
  const document = around.filter((passage) => passage.documentId === documentId)
  const between = (first: number, last: number) =>
    document
      .filter(({ ordinal }) => ordinal >= first && ordinal <= last)
      .flatMap((passage) => greatest(passage, checked))
  return { before: between(here - reach, here - 1), after: between(here + 1, here + reach) }
}
