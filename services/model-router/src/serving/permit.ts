import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import type { AskModels } from '../access/ask-models.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { inspect, nothingFound } from '../guardrails/inspect.ts'
import { promptTooLarge } from '../guardrails/prompt-too-large.ts'
import { chooseTargets } from '../routing/choose-targets.ts'
import { noSuchModel } from '../routing/excluded-fault.ts'
import { isAllowed } from '../routing/exclusion.ts'
import type { Health } from '../routing/health.ts'
import { resolve } from '../routing/resolve.ts'
import type { Asked } from './asked.ts'

export type PermitDeps = { askModels: AskModels; health: Health; defaultModel: string }
export type Permit = ReturnType<typeof createPermit>

/** Which models may have a text, by one configuration, in the order in which they are tried: those that are meant, and among them those that the caller may use and the text may go to. */
export const createPermit = ({ askModels, health, defaultModel }: PermitDeps) =>
  async function permit(configuration: Configuration, asked: Asked, call: Call) {
    const { catalogue, guardrails, names } = configuration
    const resolved = resolve(configuration, asked, defaultModel)
    const models = resolved ? resolved.targets.map(({ model }) => model) : []
    const { decisionIds, labels } = asked
    const rawLabels = asked.ofSearch ? undefined : guardrails.rawLabels
    const judged = await askModels({ models, decisionIds, names, labels, rawLabels }, call)
    if (!judged.ok) return judged
    const { caller } = call
    const { covering } = judged.value
    const mayUse = (allow: readonly string[] | undefined) => isAllowed(allow, caller, covering)
    /** What to say should the provider not know the model. */
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
    return ok({
      resolved,
      covering,
      inspected,
      targets: chosen.value,
      revision: judged.value.revision,
      noSuchModel: missing,
    })
  }
