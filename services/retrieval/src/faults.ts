import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { type Failure, fail } from '@tessera/shared/fault/result'
import type { Fault } from '@tessera/shared/fault/fault'

export const { fault } = retrievalFaults

const passedOn = [
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.future-revision',
  'access.stopped',
  'audit.unavailable',
  'access.too-many-names',
] as const
export type AccessFaultCode = (typeof passedOn)[number] | 'access.unavailable'

/** What a caller is told when access-control refused: the same. When it did not answer, nothing is answered without it. */
export function failFromAccess<C extends AccessFaultCode = AccessFaultCode>(
  from: Fault,
): Failure<Fault<C | 'access.unavailable'>> {
  const code = passedOn.find((known) => known === from.code)
  if (code) return fail({ ...from, code: code as C })
  return fail(accessFaults.fault('unavailable', `Access control did not answer (${from.code}).`))
}
