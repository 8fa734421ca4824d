import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { canonicalText, whyUnreadable } from '../extract/unreadable.ts'
import { givenAway, hashOfDigest } from '../redact/digest-variant.ts'
import { type DigestAccess, failFromDigestAccess } from './digest-access.ts'
import type { DigestsStore } from './digests.store.ts'
import type { ReadInFull } from './read-in-full.ts'

export type ProposeDigestDeps = {
  access: Pick<DigestAccess, 'proposeDigest'>
  readInFull: ReadInFull
  digests: DigestsStore
  keys: Keys
}

/** Proposes a text in place of a passage, and of any other proposal. It exists for nobody until somebody else approved its hash. */
export function createProposeDigest({ access, readInFull, digests, keys }: ProposeDigestDeps) {
  return async function proposeDigest({ passageId, text: given }: { passageId: string; text: string }, call: Call) {
    const { workspaceId, subject } = call.caller
    const read = await readInFull({ passageId }, call)
    if (!read.ok) return read
    const { passage } = read.value
    const unreadable = whyUnreadable(given)
    if (unreadable) return invalid(unreadable)
    const text = canonicalText(given).trim()
    if (text === '') return invalid('must have text')
    const kinds = givenAway(passage, passage.marking, text)
    if (kinds.length > 0) {
      return invalid(`must not contain what is masked: ${kinds.map((kind) => `[${kind}]`).join(', ')}`)
    }
    const { documentId, contentVersion } = passage
    const hash = hashOfDigest(passage, passage.marking, text, keys)
    const proposed = await access.proposeDigest({ documentId, passageId, contentVersion, hash }, call)
    if (!proposed.ok) return failFromDigestAccess(proposed.fault)
    const kept = await digests.keep(workspaceId, passage, { hash, text, proposedBy: subject })
    if (!kept) return fail(fault('not-found', 'No such passage here.'))
    return ok({ hash, revision: proposed.value.revision })
  }
}

const invalid = (rule: string) => fail(fault('invalid', `/text ${rule}`, { errors: [{ field: '/text', rule }] }))
