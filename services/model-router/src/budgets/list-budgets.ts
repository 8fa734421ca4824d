import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { Budget, budgetOperations } from '@tessera/shared/contracts/model-router/budgets'
import { ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import type { Access } from '../access/check-caller.ts'
import { coveringNames } from '../access/covering-names.ts'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'
import type { ModelsDatabase } from '../database.ts'
import { ownOrAll } from '../ledger/own-or-all.ts'
import { counterOf } from './applicable.ts'
import { periodOf } from './period.ts'

export type ListBudgetsDeps = { access: Access; db: Kysely<ModelsDatabase>; configurations: Configurations }

type List = HandlerOf<(typeof budgetOperations)['listBudgets']>

/** Counters of one budget that are shown at most, those that have spent most first. */
const MAX_COUNTERS = 200

/** An admin sees all budgets and counters, anybody else those that count their own requests. */
export const listBudgets =
  ({ access, db, configurations }: ListBudgetsDeps): List =>
  async (_input, call) => {
    const { caller } = call
    const visible = await ownOrAll(access, call)
    if (!visible.ok) return visible
    const now = await stored(configurations.now(caller.workspaceId))
    if (!now.ok) return now
    const { budgets, names } = now.value
    const covering = await coveringNames(access, names, call)
    if (!covering.ok) return covering
    const payer = { caller, covering: covering.value }
    const seen = budgets.flatMap((budget) => {
      if (!('onlyOf' in visible.value)) return { budget, counter: undefined }
      // Which model it counts says nothing about whom it counts.
      const { model: _model, ...ofAnyModel } = budget
      const counter = counterOf(ofAnyModel, payer, '')
      return counter === undefined ? [] : { budget, counter }
    })
    const states = await stored(Promise.all(seen.map(({ budget, counter }) => statesOf(db, budget, counter))))
    if (!states.ok) return states
    return ok({ items: seen.map(({ budget }, index) => ({ ...budget, states: states.value[index] ?? [] })) })
  }

async function statesOf(db: Kysely<ModelsDatabase>, budget: Budget, counter: string | undefined) {
  const period = periodOf(budget.per, Date.now())
  let rows = db
    .selectFrom('budget_periods')
    .select(['counter', 'spent', 'held', 'ends_at'])
    .where('budget_id', '=', budget.id)
    .where('period', '=', period.name)
  if (counter !== undefined) rows = rows.where('counter', '=', counter)
  const found = await rows.orderBy('spent', 'desc').limit(MAX_COUNTERS).execute()
  return found.map(({ counter: of, spent, held, ends_at: endsAt }) => ({
    ...(of !== '' && { of }),
    spent,
    reserved: held,
    ...(endsAt && { endsAt: endsAt.toISOString() }),
  }))
}
