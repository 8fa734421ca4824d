import type { Fault } from '@tessera/shared/fault/fault'
import { httpFaults, notFound } from '@tessera/shared/http/faults'
import { atLeastHeader } from './revision-token.ts'
import { deactivated, pending, unauthenticated } from './identity.ts'

/** What a fault of a service is called outside. `token` names where the revision came in that was not reached yet. */
export function publicFault(fault: Fault, token = atLeastHeader): Fault {
  switch (fault.code) {
    case 'access.pending':
      return pending()
    case 'access.deactivated':
      return deactivated()
    case 'access.unknown-issuer':
    case 'access.unknown-key':
      return unauthenticated()
    case 'access.future-revision':
      return httpFaults.fault('invalid-request', `${token} names a revision that this workspace has not reached.`, {
        errors: [{ field: token, rule: 'must be a revision that this workspace gave out' }],
      })
    case 'bus.unauthenticated':
    case 'bus.contract-mismatch':
      // Our own parts disagree: the caller's credential is fine, and what they disagree about is for the log.
      return httpFaults.fault('internal', 'Something went wrong on our side; the traceId finds it in the log.')
    default:
      return fault.status === 404 && fault.code !== 'models.not-found' ? notFound() : fault
  }
}
