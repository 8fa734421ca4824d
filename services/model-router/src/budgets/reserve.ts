import type { Budget } from '@tessera/shared/contracts/model-router/budgets'
import { counterOf, type Payer } from './applicable.ts'
import type { Blocks } from './blocks.ts'
import type { CounterKey } from './blocks.store.ts'
import type { Charge } from './charge.ts'
import { periodOf } from './period.ts'
import type { SoftLimits } from './soft-limits.ts'

/** What a request takes from a budget by its unit, at most or in the end. Undefined: nobody can say. */
export type Amounts = {
  readonly cost: number | undefined
  readonly tokens: number | undefined
  readonly requests: number
}

/** What a request has set aside. Ends once: with what it came to, which is what the ledger settles, or with nothing. */
export type Reservation = {
  /** Of the budgets without a hard limit, those that are over it. */
  readonly over: readonly Budget[]
  /** What the budgets that count this model take, should it come to these amounts. */
  charges(model: string, amounts: Amounts): Charge[]
  /** Frees what is set aside beyond these amounts; what is returned goes into the ledger. */
  settle(model: string, amounts: Amounts): Charge[]
  /** Frees all of it. */
  release(): void
}

export type Refused = {
  readonly budget: Budget
  /** When the budget is full again. */
  readonly endsAt: string | null
  /** `unknown`: nobody can say what the request may come to, so a hard limit can't let it pass. */
  readonly why: 'exhausted' | 'unknown'
}

/** What tells how much of a budget is left. */
export type Limits = { readonly blocks: Blocks; readonly softLimits: SoftLimits }

/** One model that may serve the request, and what that may come to. */
export type Possible = { readonly model: string; readonly most: Amounts }

/**
 * Sets aside, from every budget that counts the request, the most that it may come to at any of these models: from all of them, or from none. Budgets without a hard limit
 * are only counted.
 */
export async function reserve(
  { blocks, softLimits }: Limits,
  budgets: readonly Budget[],
  payer: Payer,
  possible: readonly Possible[],
  nowMs: number,
): Promise<{ ok: true; reservation: Reservation } | { ok: false; refused: Refused }> {
  const parts = budgets.flatMap((budget) => partOf(budget, payer, possible, nowMs))
  const held: Part[] = []
  const over: Budget[] = []
  const release = () => {
    for (const { key, amount = 0 } of held.splice(0)) blocks.free(key, amount)
  }
  try {
    for (const part of parts) {
      const { budget, key, amount } = part
      if (!budget.hard) {
        if (await softLimits.isOver(key, budget.limit)) over.push(budget)
        continue
      }
      if (amount === undefined) return refuse(part, 'unknown')
      if (!(await blocks.reserve(key, amount))) return refuse(part, 'exhausted')
      held.push(part)
    }
  } catch (error) {
    release()
    throw error
  }
  const charges = (model: string, amounts: Amounts) =>
    parts.flatMap(({ budget, key, models }) => (models.has(model) ? chargeOf(budget, key, amounts) : []))
  return {
    ok: true,
    reservation: {
      over,
      charges,
      settle(model, amounts) {
        for (const { budget, key, amount = 0, models } of held.splice(0)) {
          blocks.free(key, amount - (models.has(model) ? (amounts[budget.unit] ?? 0) : 0))
        }
        return charges(model, amounts)
      },
      release,
    },
  }

  function refuse({ budget, key }: Part, why: Refused['why']) {
    release()
    return { ok: false, refused: { budget, endsAt: key.endsAt, why } } as const
  }
}

/** What one budget has to do with a request. `models`: those of the possible ones that it counts. */
type Part = { budget: Budget; key: CounterKey; amount: number | undefined; models: ReadonlySet<string> }

function partOf(budget: Budget, payer: Payer, possible: readonly Possible[], nowMs: number): Part[] {
  const counted = possible.filter(({ model }) => counterOf(budget, payer, model) !== undefined)
  const [first] = counted
  if (!first) return []
  const counter = counterOf(budget, payer, first.model) ?? ''
  const { name: period, endsAtMs } = periodOf(budget.per, nowMs)
  const endsAt = endsAtMs === undefined ? null : new Date(endsAtMs).toISOString()
  const amounts = counted.map(({ most }) => most[budget.unit])
  const amount = amounts.every((amount) => amount !== undefined) ? Math.max(...amounts) : undefined
  const models = new Set(counted.map(({ model }) => model))
  return [{ budget, key: { budget: budget.id, counter, period, endsAt }, amount, models }]
}

const chargeOf = ({ unit, hard }: Budget, key: CounterKey, amounts: Amounts): Charge => ({
  ...key,
  amount: amounts[unit] ?? 0,
  held: hard,
})
