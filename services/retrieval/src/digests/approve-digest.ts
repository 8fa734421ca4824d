import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { hashOfDigest } from '../redact/digest-variant.ts'
import { type DigestAccess, failFromDigestAccess } from './digest-access.ts'
import type { DigestsStore } from './digests.store.ts'
import type { ReadInFull } from './read-in-full.ts'

export type ApproveDigestDeps = {
  access: Pick<DigestAccess, 'approveDigest'>
  readInFull: ReadInFull
  digests: DigestsStore
  keys: Keys
}

/** Approves exactly this text. Whether the caller may is access-control's to decide; its row follows by the change feed. */
export function createApproveDigest({ access, readInFull, digests, keys }: ApproveDigestDeps) {
  return async function approveDigest({ passageId, hash }: { passageId: string; hash: string }, call: Call) {
    const { workspaceId } = call.caller
    const read = await readInFull({ passageId }, call)
    if (!read.ok) return read
    const { passage } = read.value
    const digest = (await digests.list(workspaceId, passageId)).find((one) => one.hash === hash)
    if (!digest) return fail(fault('not-found', 'No such digest here.'))
    if (hashOfDigest(passage, passage.marking, digest.text, keys) !== hash) {
      return fail(fault('conflict', 'The passage, or what is masked in it, changed since this was proposed.'))
    }
    const approved = await access.approveDigest({ documentId: passage.documentId, passageId, hash }, call)
    if (!approved.ok) return failFromDigestAccess(approved.fault)
    await digests.noteApproved(workspaceId, passageId, hash)
    return ok({ revision: approved.value.revision })
  }
}
