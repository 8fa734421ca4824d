import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { type accessReads, agentsFaults } from '@tessera/shared/contracts/agents/faults'
import type { Fault, FieldError } from '@tessera/shared/fault/fault'

export const { fault } = agentsFaults

export type ReadFault = Fault<(typeof accessReads)[number]>

const passedOn = [
  'access.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'audit.unavailable',
  'access.future-revision',
  'access.stopped',
] as const

/** What access-control answered to a read, as ours: what isn't a decision of its own means that it could not be asked. */
export const readFault = (given: Fault): ReadFault =>
  narrow(given, passedOn) ?? accessFaults.fault('unavailable', given.detail)

/** The same of a write. */
export const writeFault = (given: Fault): ReadFault | Fault<'access.invalid' | 'access.approval-required'> =>
  narrow(given, ['access.invalid', 'access.approval-required']) ??
  // An object that the caller names in the facts and access-control doesn't know.
  (given.code === 'access.not-found' ? accessFaults.fault('invalid', given.detail) : readFault(given))

function narrow<C extends string>(given: Fault, codes: readonly C[]): Fault<C> | undefined {
  const code = codes.find((code) => code === given.code)
  return code && { ...given, code }
}

/** The same for what is missing, foreign, and not for this caller. */
export const notFound = (what: 'agent' | 'conversation' | 'message' | 'participant') =>
  fault('not-found', `No such ${what} here.`)

export const invalid = (errors: readonly FieldError[]) =>
  fault('invalid', errors.map(({ field, rule }) => `${field} ${rule}`).join('; '), { errors: [...errors] })

export const forbidden = (detail: string) => accessFaults.fault('forbidden', detail)
