import { accessContract } from '@tessera/shared/contracts/access-control'
import { labelOperations } from '@tessera/shared/contracts/access-control/labels'
import type { Client } from '@tessera/shared/bus/contract'
import { type Failure, fail } from '@tessera/shared/fault/result'
import type { Fault } from '@tessera/shared/fault/fault'
import { failFromAccess, fault } from '../faults.ts'

const { proposeDigest, approveDigest, withdrawDigest } = labelOperations
/** What is asked of access-control about digests, in the caller's own name: it decides, and keeps no text. */
export const digestContract = { ...accessContract, operations: { proposeDigest, approveDigest, withdrawDigest } }
export type DigestAccess = Client<typeof digestContract>

type Refused =
  | 'retrieval.not-found'
  | 'retrieval.invalid'
  | 'retrieval.conflict'
  | 'access.forbidden'
  | 'access.pending'
  | 'access.deactivated'
  | 'access.approval-required'
  | 'access.stopped'
  | 'access.unavailable'

/** What access-control refuses about a digest, as retrieval's own. */
export function failFromDigestAccess(from: Fault): Failure<Fault<Refused>> {
  switch (from.code) {
    case 'access.not-found':
      return fail(fault('not-found', 'No such passage here.'))
    case 'access.invalid':
      return fail(fault('invalid', from.detail))
    case 'access.conflict':
      return fail(fault('conflict', from.detail))
    case 'access.approval-required':
      return fail({ ...from, code: 'access.approval-required' })
    default:
      return failFromAccess<
        'access.forbidden' | 'access.pending' | 'access.deactivated' | 'access.stopped' | 'access.unavailable'
      >(from)
  }
}
