import type { RouteConstraints } from '@tessera/shared/contracts/model-router/routes'
import type { Static } from 'typebox'
import type { Caller } from '@tessera/shared/bus/call'
import { type Judged, unclearedLabels } from '../access/ask-models.ts'
import type { Model } from '../catalogue/model.ts'
import type { Inspected } from '../guardrails/inspect.ts'
import type { RequestShape } from './request-shape.ts'

/** Why a model can't serve a request. In the order in which it is looked for: what the caller may not know comes first. */
export type Exclusion =
  | { readonly why: 'not-allowed' }
  | { readonly why: 'labels'; readonly labels: readonly string[] }
  | { readonly why: 'policies'; readonly policyIds: readonly string[] }
  | { readonly why: 'guardrails'; readonly kinds: readonly string[] }
  | { readonly why: 'kind' }
  | { readonly why: 'images' }
  | { readonly why: 'output'; readonly maxOutputTokens: number }
  | { readonly why: 'constraint'; readonly constraint: string }

export type Judging = {
  readonly caller: Caller
  readonly judged: Judged
  readonly inspected: Inspected
  readonly shape: RequestShape
  readonly constraints?: Static<typeof RouteConstraints> | undefined
  readonly firstContentMs: (model: Model) => number | undefined
  readonly mostCostMicros: (model: Model) => number | undefined
}

export function exclusionOf(model: Model, judging: Judging): Exclusion | undefined {
  const { caller, judged, inspected, shape } = judging
  const { allow, kind = shape.kind, modalities, maxOutputTokens: cap } = model.facts
  if (!isAllowed(allow, caller, judged.covering)) return { why: 'not-allowed' }
  const labels = unclearedLabels(model, judged.labels)
  if (labels.length > 0) return { why: 'labels', labels }
  const policyIds = judged.forbidden.get(model.name)
  if (policyIds) return { why: 'policies', policyIds }
  if (model.hosting === 'cloud' && inspected.blocked.length > 0) return { why: 'guardrails', kinds: inspected.blocked }
  if (kind !== shape.kind) return { why: 'kind' }
  if (shape.hasImages && modalities && !modalities.includes('image')) return { why: 'images' }
  if (cap !== undefined && (shape.maxOutputTokens ?? 0) > cap) return { why: 'output', maxOutputTokens: cap }
  const constraint = brokenConstraint(model, judging)
  return constraint === undefined ? undefined : { why: 'constraint', constraint }
}

/** An agent in the list: whoever asks through it. */
export const isAllowed = (
  allow: readonly string[] | undefined,
  { subject, actors }: Caller,
  covering: ReadonlySet<string>,
) => allow === undefined || allow.some((name) => name === subject || actors.includes(name) || covering.has(name))

function brokenConstraint(model: Model, judging: Judging): string | undefined {
  const { constraints = {} } = judging
  const { hosting, regions, maxRetentionDays, maxFirstContentMs, maxCostMicros } = constraints
  const { region = '', retentionDays = Infinity } = model.facts
  if (hosting !== undefined && model.hosting !== hosting) return 'hosting'
  if (regions && !regions.includes(region)) return 'regions'
  if (maxRetentionDays !== undefined && retentionDays > maxRetentionDays) return 'maxRetentionDays'
  if (maxFirstContentMs !== undefined && (judging.firstContentMs(model) ?? 0) > maxFirstContentMs)
    return 'maxFirstContentMs'
  if (maxCostMicros !== undefined && (judging.mostCostMicros(model) ?? Infinity) > maxCostMicros) return 'maxCostMicros'
  return undefined
}
