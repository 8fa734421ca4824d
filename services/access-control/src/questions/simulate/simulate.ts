import { type Failure, fail, ok, type Result } from '@tessera/shared/fault/result'
import { decisionEntry } from '../../check/decision-log.ts'
import { fault, invalid } from '../../faults.ts'
import type { Make } from '../../handler.ts'
import { createPolicyJudge } from '../../policies/policy-judge.ts'
import { compare, TooLong } from './compare.ts'
import { loadBothStates, type SimulateFault } from './load-both-states.ts'

/** How long a comparison may take before the caller has to ask for less. */
const LIMIT_MS = 20_000

/**
 * Who would gain and lose what. The changes are made in a transaction that only lasts until the facts were read, and is rolled back; what they mean is decided
 * afterwards, by the same core as everything else, so that nobody waits for it.
 */
export const simulate: Make<'simulate'> = ({ db, log, policies, drafts }) => {
  const deps = { policies, drafts: createPolicyJudge(drafts) }
  return async function simulate(input, call) {
    const endsAt = Math.min(Date.now() + LIMIT_MS, call.deadlineMs)
    const loaded = await retried(() => loadBothStates(db, { policies, drafts }, call, input))
    if (!loaded.ok) return loaded
    const { before, after, readers, documentIds, complete, revision } = loaded.value
    const compared = await compare(deps, loaded.value, endsAt).catch((error: unknown) => {
      if (error instanceof TooLong) return undefined
      throw error
    })
    if (!compared) return fail(tooLong())
    const { gained, lost, cut } = compared
    const inputHash = await log.inputHash(db, call.caller.workspaceId, input.changes)
    const details = { gained: gained.length, lost: lost.length, readers: readers.length, documents: documentIds.length }
    const { decisionId, ...receipt } = await log.append({
      ...decisionEntry(call, before.facts, {
        kind: 'simulate',
        operation: 'simulate',
        documents: toldOf([...gained, ...lost]),
        details,
      }),
      salts: new Map([...after.facts.salts, ...before.facts.salts]),
      inputHash,
    })
    const compass = { readers: readers.length, documents: documentIds.length, complete: complete && !cut }
    return ok({ gained, lost, ...compass, decisionId, receipt, revision })
  }
}

/** What the caller was told something about; nothing of the documents themselves was given out. */
const toldOf = (differences: readonly { documentId: string; passageId?: string }[]) =>
  [...Map.groupBy(differences, ({ documentId }) => documentId)].map(([documentId, told]) => ({
    documentId,
    passages: [...new Set(told.flatMap(({ passageId }) => passageId ?? []))],
    decision: 'allowed' as const,
    view: 'none',
    reasons: [],
  }))

const tooLong = () =>
  invalid(
    ['/readers', '/documentIds'].map((field) => ({ field, rule: 'must name fewer: the comparison took too long' })),
  )

const TRIES = 3

/** Somebody may be changing the same facts for real: their change is in force, so the facts are read anew. */
async function retried<T>(work: () => Promise<Result<T, SimulateFault>>): Promise<Result<T, SimulateFault>> {
  for (let left = TRIES; ; left--) {
    try {
      return await work()
    } catch (error) {
      const failure = failureOf(error)
      if (!failure) throw error
      if (failure.fault.code !== 'access.conflict' || left === 1) return failure
    }
  }
}

/** PostgreSQL: what a timeout, a lock that was not to be had, or a change at the same time are called. */
function failureOf(error: unknown): Failure<SimulateFault> | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === '57014') return fail(tooLong())
  const atTheSameTime = ['40001', '40P01', '55P03', '23505'].some((known) => known === code)
  return atTheSameTime
    ? fail(fault('conflict', 'The same facts are being changed at this moment: try again.'))
    : undefined
}
