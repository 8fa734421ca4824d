import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { askModels } from '../access/ask-models.ts'
import type { Access } from '../access/check-caller.ts'
import { isOwnBudget } from '../budgets/budget-fault.ts'
import type { Limits, Reservation } from '../budgets/reserve.ts'
import { setAside } from '../budgets/set-aside.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { inspect, type Inspected, nothingFound } from '../guardrails/inspect.ts'
import { promptTooLarge } from '../guardrails/prompt-too-large.ts'
import { chooseTargets } from '../routing/choose-targets.ts'
import { noSuchModel } from '../routing/excluded-fault.ts'
import { isAllowed } from '../routing/exclusion.ts'
import type { Health } from '../routing/health.ts'
import { type Resolved, resolve } from '../routing/resolve.ts'
import type { Target } from '../routing/target.ts'
import type { Asked } from './asked.ts'

export type DecideDeps = { access: Access; limits: Limits; health: Health; defaultModel: string }
export type Decide = ReturnType<typeof createDecide>

/** A request that may be served: by these models, tried in this order. The most that it may come to is set aside. */
export type Decided = {
  readonly resolved: Resolved
  readonly targets: readonly [Target, ...Target[]]
  readonly reservation: Reservation
  readonly inspected: Inspected
  /** What is to be known of it beside, for the caller and the ledger. */
  readonly notes: readonly string[]
  /** What to say should the provider not know the model. */
  readonly noSuchModel: () => ReturnType<typeof noSuchModel>
}

/** Who may serve a request, by one configuration: the models meant, those among them that may process the text, and those that the budgets have room for. */
export const createDecide = ({ access, limits, health, defaultModel }: DecideDeps) =>
  async function decide(configuration: Configuration, asked: Asked, call: Call) {
    const { catalogue, budgets, guardrails, names } = configuration
    const resolved = resolve(configuration, asked, defaultModel)
    const models = resolved ? resolved.targets.map(({ model }) => model) : []
    const judged = await askModels(access, { models, decisionIds: asked.decisionIds, names }, call)
    if (!judged.ok) return judged
    const { caller } = call
    const { covering } = judged.value
    const mayUse = (allow: readonly string[] | undefined) => isAllowed(allow, caller, covering)
    const missing = () =>
      noSuchModel(
        asked.model,
        catalogue.nearest(asked.model, ({ facts }) => mayUse(facts.allow)),
      )
    if (!resolved || !mayUse(resolved.route?.allow)) return fail(missing())
    const { maxPromptBytes = Infinity, rules } = guardrails
    if (asked.shape.bytes > maxPromptBytes) return fail(promptTooLarge(maxPromptBytes))
    const leaves = rules.length > 0 && models.some(({ hosting }) => hosting === 'cloud')
    const inspected = leaves ? await inspect(guardrails, asked.texts()) : nothingFound
    const chosen = chooseTargets({ resolved, asked, caller, judged: judged.value, inspected, health })
    if (!chosen.ok) return chosen
    const paid = await setAside(limits, budgets, { caller, covering }, chosen.value, asked.shape)
    if (!paid.ok) return paid
    const { over } = paid.value.reservation
    const notes = [
      ...inspected.flagged.map((kind) => `found ${kind}`),
      ...over.map((budget) => (isOwnBudget(budget, caller) ? `over budget ${budget.id}` : 'over budget')),
    ]
    return ok<Decided>({ resolved, noSuchModel: missing, inspected, notes: [...new Set(notes)], ...paid.value })
  }
