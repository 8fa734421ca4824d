import type { Call } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { type Failure, fail, type Result } from '@tessera/shared/fault/result'
import type { Kysely, Transaction } from 'kysely'
import { readAs } from '../changes/read-at.ts'
import { revisionAsked } from '../changes/revision-asked.ts'
import type { AsOf } from '../check/as-of.ts'
import type { AccessTables } from '../database.ts'
import { futureRevision, invalid, type ReadFault } from '../faults.ts'
import { roleFault } from '../people/may.ts'
import type { Question } from './decide-questions.ts'

/** One call of somebody who asks why, who or what, in one snapshot. */
export type Asking = {
  readonly trx: Transaction<AccessTables>
  readonly workspaceId: string
  /** Of now. */
  readonly revision: number
  /** The past revision that it is about; undefined: now. */
  readonly asOf: AsOf
  /** Why the caller may ask about themselves only; undefined for an admin or auditor, in person. */
  readonly notAnybody: ReadFault | undefined
}

export type When = {
  readonly atRevision?: number | undefined
  readonly atTime?: string | undefined
  readonly atLeast?: number | undefined
}

type AskFault = ReadFault | Fault<'access.invalid'>

/** Runs a question of an active principal in one snapshot. */
export async function ask<T>(
  db: Kysely<AccessTables>,
  call: Call,
  { atLeast, ...when }: When,
  work: (asking: Asking) => Promise<T>,
): Promise<T | Result<never, AskFault>> {
  return readAs(
    db,
    call,
    { anyOf: [], atLeast },
    async ({ trx, workspaceId, revision, row }): Promise<T | Failure<AskFault>> => {
      const asked = await revisionAsked(trx, workspaceId, revision, when)
      if (!asked.ok) return fail(futureRevision(revision, when.atRevision) ?? beforeTheWorkspace(when))
      const notAnybody = roleFault(row, call, ['admin', 'auditor'])
      return work({ trx, workspaceId, revision, asOf: asked.value, notAnybody })
    },
  )
}

const beforeTheWorkspace = ({ atRevision }: When) =>
  invalid([{ field: atRevision === undefined ? '/atTime' : '/atRevision', rule: 'must not lie before the workspace' }])

/** What everybody may ask: about themselves, through exactly those who act for them in this call, for its purpose. */
export const isOwn = (
  { caller }: Call,
  { reader, actors = [], purpose }: { reader: string; actors?: readonly string[]; purpose?: string },
): boolean =>
  reader === caller.subject &&
  (actors.length === 0 || actors.join(' ') === caller.actors.join(' ')) &&
  (purpose === undefined || purpose === caller.purpose)

/**
 * The same question about the caller. Whoever may not ask about others gets the work done for themselves, and then a `no`: neither answer nor time tells
 * whether there is such a reader or document.
 */
export const aboutCaller = ({ caller }: Call, question: Question): Question => ({
  ...question,
  reader: caller.subject,
  actors: caller.actors,
  purpose: caller.purpose,
})
