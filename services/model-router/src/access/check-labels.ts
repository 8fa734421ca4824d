import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { labelOperations } from '@tessera/shared/contracts/model-router/labels'
import { ok } from '@tessera/shared/fault/result'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { isAllowed } from '../routing/exclusion.ts'
import { resolve } from '../routing/resolve.ts'
import { type AskModels, unclearedLabels } from './ask-models.ts'

export type CheckLabelsDeps = { configurations: Configurations; askModels: AskModels; defaultModel: string }

type CheckLabels = HandlerOf<(typeof labelOperations)['checkLabels']>

/**
 * The labels that stand between a text and the model that may process most of what it carries, of those that are meant and that the caller may use. A policy that forbids a
 * model doesn't say because of which label, so each of them counts.
 */
export const createCheckLabels =
  ({ configurations, askModels, defaultModel }: CheckLabelsDeps): CheckLabels =>
  async ({ decisionIds, ...asked }, call) => {
    const { caller } = call
    const now = await stored(configurations.now(caller.workspaceId))
    if (!now.ok) return now
    const { names } = now.value
    const models = resolve(now.value, asked, defaultModel)?.targets.map(({ model }) => model) ?? []
    const judged = await askModels({ models, decisionIds, names }, call)
    if (!judged.ok) return judged
    const { labels, forbidden, covering } = judged.value
    const [fewest = []] = models
      .filter(({ facts }) => isAllowed(facts.allow, caller, covering))
      .map((model) => (forbidden.has(model.name) ? [...labels] : unclearedLabels(model, labels)))
      .toSorted((one, other) => one.length - other.length)
    return ok({ uncleared: fewest })
  }
