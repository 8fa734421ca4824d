import { accessFaults } from '@tessera/shared/contracts/access-control/faults'

import type { Fault, FieldError } from '@tessera/shared/fault/fault'

import type { PrincipalState } from './database.ts'

export const { fault } = accessFaults

/** What every operation that changes something may answer. */
export type WriteFault = Fault<
  | 'access.unavailable'
  | 'access.forbidden'
  | 'access.not-found'
  | 'access.conflict'
  | 'access.invalid'
  | 'access.pending'
  | 'access.deactivated'
  | 'access.approval-required'
  | 'access.stopped'
>
export type StateFault = Fault<'access.forbidden' | 'access.pending' | 'access.deactivated'>
export type ReadFault = StateFault | Fault<'access.future-revision' | 'access.stopped'>

/** Why a principal in this state may not ask for anything; undefined for an active one. */
export function stateFault(state: PrincipalState | 'unknown'): StateFault | undefined {
  switch (state) {
    case 'active':
      return undefined
    case 'pending':
      return fault('pending', 'An admin has not admitted you yet.')
    case 'deactivated':
      return fault('deactivated', 'You have been deactivated.')
    case 'unknown':
      return fault('forbidden', 'The caller is not a principal of this workspace.')
  }
}

/** A read demanded a revision that the workspace has not reached. */
export function futureRevision(
  revision: number,
  atLeast: number | undefined,
): Fault<'access.future-revision'> | undefined {
  return atLeast === undefined || atLeast <= revision
    ? undefined
    : fault('future-revision', `Revision ${atLeast} is demanded, the workspace is at ${revision}.`)
}

/** The workspace is stopped: its database is older than what it gave out, until an admin confirms (ACCESS.md section 8). */
export const stopped = (workspace: { readonly stopped: boolean }): Fault<'access.stopped'> | undefined =>
  workspace.stopped
    ? fault('stopped', 'The database is older than what this workspace gave out. An admin must confirm first.')
    : undefined

/** The facts break a rule; each broken field by its JSON pointer. */
export const invalid = (errors: readonly FieldError[]) =>
  fault(
    'invalid',
    errors
      .map(({ field, rule }) => `${field} ${rule}`)
      .join('; ')
      .slice(0, 2000),
    { errors: [...errors] },
  )

export const noWorkspace = () => fault('forbidden', 'No such workspace.')

export const unknown = (what: string) => fault('not-found', `No such ${what} here.`)
