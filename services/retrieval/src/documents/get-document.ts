import type { InputOf } from '@tessera/shared/bus/contract'
import type { Call } from '@tessera/shared/bus/call'
import type { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import { type AccessCheck, type Checked, checkPassages } from './check-passages.ts'
import { candidateOf, decoy, greatest, offersOf } from './offers.ts'
import type { PassagesStore, RegistryPassage } from './passages.store.ts'

/** With all of their variants they fit into one check, so that one decision chooses among those of a passage. */
const passagesPerCheck = 330

type Deps = { access: AccessCheck; passages: PassagesStore }
type Input = InputOf<(typeof retrievalContract)['operations']['getDocument']>

/**
 * A document in the passages that the caller may read now, each at its own view; of the others there is no trace, in the length of a page neither. One of which none may be read is not
 * found, as one that does not exist. Its title and address are those of the passage that shows most.
 */
export function createGetDocument({ access, passages }: Deps) {
  return async function getDocument(input: Input, call: Call) {
    const { documentId, after, limit = Infinity } = input
    const { workspaceId } = call.caller
    const from = after === undefined ? 0 : await passages.ordinalBehind(workspaceId, documentId, after)
    const [read, indexed] = await Promise.all([
      readOn({ access, passages }, input, from, call),
      passages.isIndexed(workspaceId, documentId),
    ])
    if (!read.ok) return read
    const { readable, decisionIds, receipt, revision } = read.value
    const page = readable.slice(0, limit)
    const first = page.find(({ view }) => view === 'full') ?? page[0]
    if (!first) return fail(notFound(after))
    const { title, contentVersion, url } = first
    const nextAfter = readable.length > page.length ? page.at(-1)?.passageId : undefined
    return ok({
      documentId,
      title,
      ...(url === undefined ? {} : { url }),
      contentVersion,
      passages: page,
      ...(nextAfter === undefined ? {} : { nextAfter }),
      indexed,
      decisionId: decisionIds.at(-1) ?? '',
      ...(receipt && { receipt }),
      decisionIds,
      revision,
    })
  }
}

/** The same whether it is the document or the place in it: of neither is it told whether it is still there. */
const notFound = (after: string | undefined) =>
  fault(
    'not-found',
    after === undefined ? 'No such document here.' : 'No such document here, or no such passage in it.',
  )

/** What may be read from one place on, if there is such a place: one more than the limit, or all there is. The checks of a long document are several; the lowest revision counts. */
async function readOn({ access, passages }: Deps, input: Input, start: number | undefined, call: Call) {
  const { documentId, limit = Infinity, audience, atLeast } = input
  const count = Math.min(passagesPerCheck, limit + 1)
  const readable: Passage[] = []
  const decisionIds: string[] = []
  const check = (found: readonly RegistryPassage[]) => {
    const candidates = found.length > 0 ? found.flatMap(offersOf).map(candidateOf) : [decoy()]
    const at = { ...(audience === undefined ? {} : { audience }), ...(atLeast === undefined ? {} : { atLeast }) }
    return checkPassages(access, { candidates, operation: 'document', ...at }, call)
  }
  let revision = Infinity
  let receipt: Checked['receipt'] | undefined
  for (let from = start; ;) {
    const found =
      from === undefined ? [] : await passages.uncheckedOfDocument(call.caller.workspaceId, documentId, { from, count })
    const last = found.at(-1)
    if (last || decisionIds.length === 0) {
      const checked = await check(found)
      if (!checked.ok) return checked
      decisionIds.push(checked.value.decisionId)
      ;({ receipt } = checked.value)
      revision = Math.min(revision, checked.value.revision)
      readable.push(...found.flatMap((passage) => greatest(passage, checked.value)))
    }
    if (!last || found.length < count || readable.length > limit)
      return ok({ readable, decisionIds, receipt, revision })
    from = last.ordinal + 1
  }
}
