import type { Call } from '@tessera/shared/bus/call'
import { newId } from '@tessera/shared/ids/ids'
import { ok } from '@tessera/shared/fault/result'
import type { PassagesStore } from '../documents/passages.store.ts'
import { type DigestAccess, failFromDigestAccess } from './digest-access.ts'
import type { DigestsStore } from './digests.store.ts'

export type WithdrawDigestDeps = {
  access: Pick<DigestAccess, 'withdrawDigest'>
  passages: PassagesStore
  digests: DigestsStore
}

/** Takes the digests of a passage back. Admins may, who need not read it: so access-control decides alone, also about what does not exist. */
export function createWithdrawDigest({ access, passages, digests }: WithdrawDigestDeps) {
  return async function withdrawDigest({ passageId }: { passageId: string }, call: Call) {
    const { workspaceId } = call.caller
    const [passage] = await passages.uncheckedByIds(workspaceId, [passageId])
    const documentId = passage?.documentId ?? newId('doc')
    const withdrawn = await access.withdrawDigest({ documentId, passageId }, call)
    if (!withdrawn.ok) return failFromDigestAccess(withdrawn.fault)
    await digests.drop(workspaceId, passageId)
    return ok({ revision: withdrawn.value.revision })
  }
}
