import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import { type AccessCheck, candidateOf, type Checked, checkPassages, decoy, served } from './check-passages.ts'
import type { PassagesStore, RegistryPassage } from './passages.store.ts'

/** What one check takes. */
const candidatesPerCheck = 1000

/** A document in the passages that the caller may read now. One of which none may be read is not found, as one that does not exist. */
export function createGetDocument({ access, passages }: { access: AccessCheck; passages: PassagesStore }) {
  return async function getDocument({ documentId, atLeast }: { documentId: string; atLeast?: number }, call: Call) {
    const { workspaceId } = call.caller
    const [found, indexed] = await Promise.all([
      passages.uncheckedOfDocument(workspaceId, documentId),
      passages.isIndexed(workspaceId, documentId),
    ])
    const checked = await checkAll(access, found, atLeast, call)
    if (!checked.ok) return checked
    const readable = found.flatMap((passage) => served(passage, checked.value))
    const [first] = readable
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
  const check = (some: readonly RegistryPassage[]) =>
    checkPassages(
      access,
      {
        candidates: some.length > 0 ? some.map(candidateOf) : [decoy()],
        purpose: 'document',
        ...(atLeast === undefined ? {} : { atLeast }),
      },
      call,
    )
  let all = await check(found.slice(0, candidatesPerCheck))
  for (let start = candidatesPerCheck; all.ok && start < found.length; start += candidatesPerCheck) {
    const next = await check(found.slice(start, start + candidatesPerCheck))
    if (!next.ok) return next
    const allowed: Checked['allowed'] = new Map([...all.value.allowed, ...next.value.allowed])
    all = ok<Checked>({ ...next.value, revision: Math.min(all.value.revision, next.value.revision), allowed })
  }
  return all
}
