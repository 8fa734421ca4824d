import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import { type AccessCheck, type Checked, checkPassages } from './check-passages.ts'
import { candidateOf, decoy, greatest, type Offer, offersOf } from './offers.ts'
import type { PassagesStore, RegistryPassage } from './passages.store.ts'

/** What one check takes. */
const candidatesPerCheck = 1000

/**
 * A document in the passages that the caller may read now, each at its own view; of the others there is no trace. One of which none may be read is not found,
 * as one that does not exist. Its title and address are those of the passage that shows most.
 */
export function createGetDocument({ access, passages }: { access: AccessCheck; passages: PassagesStore }) {
  return async function getDocument({ documentId, atLeast }: { documentId: string; atLeast?: number }, call: Call) {
    const { workspaceId } = call.caller
    const [found, indexed] = await Promise.all([
      passages.uncheckedOfDocument(workspaceId, documentId),
      passages.isIndexed(workspaceId, documentId),
    ])
    const checked = await checkAll(access, found, atLeast, call)
    if (!checked.ok) return checked
    const readable = found.flatMap((passage) => greatest(passage, checked.value))
    const first = readable.find(({ view }) => view === 'full') ?? readable[0]
    if (!first) return fail(fault('not-found', 'No such document here.'))
    const { title, contentVersion, url } = first
    const { decisionId, revision } = checked.value
    return ok({
      documentId,
      title,
      ...(url === undefined ? {} : { url }),
      contentVersion,
      passages: readable,
      indexed,
      decisionId,
      revision,
    })
  }
}

/** Checks of a very long document are several; the answer names the last one and the lowest revision. */
async function checkAll(
  access: AccessCheck,
  found: readonly RegistryPassage[],
  atLeast: number | undefined,
  call: Call,
) {
  const check = (some: readonly Offer[]) =>
    checkPassages(
      access,
      {
        candidates: some.length > 0 ? some.map(candidateOf) : [decoy()],
        operation: 'document',
        ...(atLeast === undefined ? {} : { atLeast }),
      },
      call,
    )
  const [batch = [], ...others] = batches(found)
  let all = await check(batch)
  for (const some of others) {
    if (!all.ok) return all
    const next = await check(some)
    if (!next.ok) return next
    all = ok(together(all.value, next.value))
  }
  return all
}

/** The passages of two checks are not the same ones: those of one passage stay together. */
const together = (first: Checked, second: Checked): Checked => ({
  ...second,
  revision: Math.min(first.revision, second.revision),
  allowed: (passageId, view) => first.allowed(passageId, view) ?? second.allowed(passageId, view),
})

/** All variants of a passage are asked for in one check, so that one decision chooses among them. */
function* batches(found: readonly RegistryPassage[]): Generator<Offer[]> {
  let batch: Offer[] = []
  for (const offers of found.map(offersOf)) {
    if (batch.length + offers.length > candidatesPerCheck) {
      yield batch
      batch = []
    }
    batch.push(...offers)
  }
  yield batch
}
