import type { Caller } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Judged } from '../access/ask-models.ts'
import type { Model } from '../catalogue/model.ts'
import type { Inspected } from '../guardrails/inspect.ts'
import type { Asked } from '../serving/asked.ts'
import { excludedFault } from './excluded-fault.ts'
import { type Exclusion, exclusionOf } from './exclusion.ts'
import type { Health } from './health.ts'
import { mostAmounts } from './most.ts'
import type { Resolved } from './resolve.ts'
import { strategies } from './strategies.ts'
import type { Choosing, Target } from './target.ts'

type ChoosingTargets = {
  resolved: Resolved
  asked: Asked
  caller: Caller
  judged: Judged
  inspected: Inspected
  health: Health
}

/**
 * Those targets that may serve, in the order in which they are tried: as the route says, but what is known to be down, and what the prompt is probably too long for,
 * comes last. It is tried all the same when nothing else is left.
 */
export function chooseTargets({ resolved, asked, caller, judged, inspected, health }: ChoosingTargets) {
  const { route } = resolved
  const { shape, without = [] } = asked
  const mostCostMicros = (model: Model) => mostAmounts(model, shape).cost
  const firstContentMs = (model: Model) => health.firstContentMs(model.name)
  const judging = { caller, judged, inspected, shape, constraints: route?.constraints, firstContentMs, mostCostMicros }
  const exclusions: Exclusion[] = []
  const permitted = resolved.targets.filter(({ model }) => {
    if (without.includes(model.name)) return false
    const exclusion = exclusionOf(model, judging)
    if (exclusion) exclusions.push(exclusion)
    return !exclusion
  })
  const choosing: Choosing = {
    inFlight: ({ model }) => health.inFlight(model.name),
    firstContentMs: ({ model }) => firstContentMs(model),
    costMicros: ({ model }) => mostCostMicros(model),
    conversation: `${resolved.asked} ${asked.conversation ?? caller.subject}`,
    random: Math.random,
  }
  const isLikely = ({ model }: Target) => !health.cooling(model.name) && fits(model, asked)
  const ordered = strategies[route?.strategy ?? 'fallback'](permitted, choosing)
  const [first, ...others] = [...ordered.filter(isLikely), ...ordered.filter((target) => !isLikely(target))]
  return first ? ok([first, ...others] as const) : fail(excludedFault(resolved.asked, exclusions))
}

/** By a guess: only its provider can tell. */
const fits = ({ facts: { contextTokens = Infinity } }: Model, { shape }: Asked) =>
  shape.inputTokens + (shape.maxOutputTokens ?? 0) <= contextTokens
