import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'

const passedOn = [
  'access.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.invalid',
  'access.future-revision',
  'access.stopped',
] as const

/** What our callers are told when access-control answered with a fault: the same, or that it did not answer. */
export function failFromAccess(from: Fault) {
  const code = passedOn.find((known) => known === from.code)
  if (code) return fail<Fault<(typeof passedOn)[number]>>({ ...from, code })
  return fail(accessFaults.fault('unavailable', `Access control did not answer (${from.code}).`))
}

/** The same for what was to be written there: a name that it does not know was given by our caller. */
export function failFromAccessWrite(from: Fault) {
  if (from.code === 'access.not-found') return fail(fault('not-found', from.detail))
  if (from.code === 'access.conflict') return fail(fault('conflict', from.detail))
  return failFromAccess(from)
}
