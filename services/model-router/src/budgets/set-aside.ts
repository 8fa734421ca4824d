import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { Budget } from '@tessera/shared/contracts/model-router/budgets'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Target } from '../routing/target.ts'
import type { Payer } from './applicable.ts'
import { budgetFault } from './budget-fault.ts'
import { type Amounts, type Limits, reserve } from './reserve.ts'

/**
 * Sets aside what a request may come to at the dearest of its targets, whichever serves it. Where that is too much, the dearest is left out, and so on: what the budgets
 * have room for decides which targets are left.
 */
export async function setAside(
  limits: Limits,
  budgets: readonly Budget[],
  payer: Payer,
  targets: readonly [Target, ...Target[]],
  mostOf: (target: Target) => Amounts,
) {
  const possibleOf = (target: Target) => ({ model: target.model.name, most: mostOf(target) })
  let [first, ...others] = targets
  for (;;) {
    const left = [first, ...others] as const
    try {
      const reserved = await reserve(limits, budgets, payer, left.map(possibleOf), Date.now())
      if (reserved.ok) return ok({ targets: left, reservation: reserved.reservation })
      const dearest = left.toSorted((a, b) => (mostOf(b).cost ?? Infinity) - (mostOf(a).cost ?? Infinity))[0]
      const [next, ...rest] = left.filter((target) => target !== dearest)
      if (!next) return fail(budgetFault(reserved.refused, payer))
      ;[first, others] = [next, rest]
    } catch {
      return fail(modelsFaults.fault('unavailable', 'The budgets cannot be read at the moment.'))
    }
  }
}
