import type { Call } from '@tessera/shared/bus/call'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Model } from '../catalogue/model.ts'
import { type Access, failFromAccess } from './check-caller.ts'

type Asked = {
  readonly models: readonly Model[]
  readonly decisionIds: readonly string[]
  readonly names: readonly string[]
}

/** What access-control says of a text and who sends it, at one moment. */
export type Judged = {
  /** In force for what is in the text; no caller states them. */
  readonly labels: readonly string[]
  /** The policies that forbid a model to process them, by its name. */
  readonly forbidden: ReadonlyMap<string, readonly string[]>
  /** Of the names asked about, those that cover the caller. */
  readonly covering: ReadonlySet<string>
}

const nothing: Judged = { labels: [], forbidden: new Map(), covering: new Set() }

/**
 * Asks whether the caller is active, which labels are now in force for what the decisions gave out (ACCESS.md section 7), and which of the models a policy forbids
 * to process them. A service that acts for itself (`system:…`) sends what it may send; that it is that service was verified with the call's assertion.
 */
export async function askModels(access: Access, { models, decisionIds, names }: Asked, call: Call) {
  if (decisionIds.length === 0 && call.caller.subject.startsWith('system:')) return ok(nothing)
  const input = {
    decisionIds: [...decisionIds],
    models: models.map(({ name, provider, hosting }) => ({ model: name, provider: provider.name, hosting })),
    names: [...names],
  }
  const checked = await access.checkModels(input, call)
  if (!checked.ok) {
    return checked.fault.code === 'access.not-found'
      ? fail(modelsFaults.fault('not-cleared', 'What this prompt was made from can no longer be vouched for.'))
      : failFromAccess(checked.fault)
  }
  const { labels, forbidden, covering = [] } = checked.value
  return ok<Judged>({
    labels,
    forbidden: new Map(forbidden.map(({ model, policyIds }) => [model, policyIds])),
    covering: new Set(covering),
  })
}

/** The labels among these that a model is not cleared for. */
export function unclearedLabels({ facts: { labels: cleared = [] } }: Model, carried: readonly string[]): string[] {
  return cleared.includes('*') ? [] : carried.filter((label) => !cleared.includes(label))
}
