import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { isOwnBudget } from '../budgets/budget-fault.ts'
import type { Limits, Reservation } from '../budgets/reserve.ts'
import { setAside } from '../budgets/set-aside.ts'
import type { Slot } from '../cache/slot.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Inspected } from '../guardrails/inspect.ts'
import type { noSuchModel } from '../routing/excluded-fault.ts'
import { mostAmounts, nothingBut } from '../routing/most.ts'
import type { Resolved } from '../routing/resolve.ts'
import type { Target } from '../routing/target.ts'
import type { Asked } from './asked.ts'
import type { Permit } from './permit.ts'

export type DecideDeps = { permit: Permit; limits: Limits }
export type Decide = ReturnType<typeof createDecide>

/** A request that may be served: by these models, tried in this order. The most that it may come to is set aside. */
export type Decided = {
  readonly resolved: Resolved
  readonly targets: readonly [Target, ...Target[]]
  readonly reservation: Reservation
  readonly inspected: Inspected
  /** Where the answer is kept already, or may be. */
  readonly slot: Slot | undefined
  /** What is to be known of it beside, for the caller and the ledger. */
  readonly notes: readonly string[]
  /** What to say should the provider not know the model. */
  readonly noSuchModel: () => ReturnType<typeof noSuchModel>
}

/** Who may serve a request, by one configuration: those who may have its text, as far as the budgets have room for them. */
export const createDecide = ({ permit, limits }: DecideDeps) =>
  async function decide(configuration: Configuration, asked: Asked, call: Call) {
    const permitted = await permit(configuration, asked, call)
    if (!permitted.ok) return permitted
    const { resolved, covering, inspected, revision, noSuchModel } = permitted.value
    const { caller } = call
    const [first] = permitted.value.targets
    const slot = asked.slotFor?.({ caller, model: first.model, inspected, revision, configuration })
    // What was answered already is not asked of anybody else, and comes to nothing but a request.
    const targets = slot?.kept ? ([first] as const) : permitted.value.targets
    const mostOf = ({ model }: Target) => (slot?.kept ? nothingBut : mostAmounts(model, asked.shape))
    const paid = await setAside(limits, configuration.budgets, { caller, covering }, targets, mostOf)
    if (!paid.ok) return paid
    const { over } = paid.value.reservation
    const notes = [
      ...inspected.flagged.map((kind) => `found ${kind}`),
      ...over.map((budget) => (isOwnBudget(budget, caller) ? `over budget ${budget.id}` : 'over budget')),
    ]
    return ok<Decided>({ resolved, noSuchModel, inspected, slot, notes: [...new Set(notes)], ...paid.value })
  }
