import type { Caller } from '@tessera/shared/bus/call'
import type { Budget } from '@tessera/shared/contracts/model-router/budgets'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { Payer } from './applicable.ts'
import type { Refused } from './reserve.ts'

/** Whether a budget counts the caller alone, who may then hear of it. */
export const isOwnBudget = ({ of, each }: Budget, { subject, keyId }: Caller) =>
  each === 'user' || (of !== undefined && [subject, keyId].includes(of))

/** Why a budget refuses a request. Of one that is not the caller's own, neither name nor numbers are told. */
export function budgetFault({ budget, endsAt, why }: Refused, { caller }: Payer) {
  const isOwn = isOwnBudget(budget, caller)
  const which = isOwn ? `Your budget ${budget.title}` : 'A budget that counts this request'
  if (why === 'unknown') {
    return modelsFaults.fault(
      'budget-exceeded',
      `${which} has a hard limit, and what the request may come to is not known: state the most tokens that the answer may have, or have the model priced in the catalogue.`,
    )
  }
  const name = budget.unit === 'cost' ? 'budget-exceeded' : 'rate-limited'
  const retryAfterMs = endsAt === null ? undefined : Math.max(0, Date.parse(endsAt) - Date.now())
  return modelsFaults.fault(name, `${which} has no room for what the request may come to (${budget.unit}).`, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(isOwn && { meta: { budget: budget.id } }),
  })
}
