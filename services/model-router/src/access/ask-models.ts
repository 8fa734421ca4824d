import type { Call } from '@tessera/shared/bus/call'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Model } from '../catalogue/model.ts'
import { type Access, failFromAccess } from './check-caller.ts'
import type { PresentRevisions } from './present-revisions.ts'

type Asked = {
  readonly models: readonly Model[]
  readonly decisionIds: readonly string[]
  readonly names: readonly string[]
  /** What the request adds to the labels in force. */
  readonly labels?: readonly string[] | undefined
  /** The class of raw calls that have none by their key. */
  readonly rawLabels?: readonly string[] | undefined
}

/** What access-control says of a text and who sends it, at one moment. */
export type Judged = {
  /** In force for what is in the text, and what its caller added. */
  readonly labels: readonly string[]
  /** The policies that forbid a model to process them, by its name. */
  readonly forbidden: ReadonlyMap<string, readonly string[]>
  /** Of the names asked about, those that cover the caller. */
  readonly covering: ReadonlySet<string>
  /** Of the workspace, at which all of this holds; absent where nothing was asked. */
  readonly revision?: number
}

const nothing: Judged = { labels: [], forbidden: new Map(), covering: new Set() }
const REMEMBERED = 10_000

export type AskModels = ReturnType<typeof createAskModels>

/**
 * Asks whether the caller is active, which labels are now in force for what the decisions gave out (ACCESS.md section 7), and which of the models a policy forbids
 * to process them. A service that acts for itself (`system:…`) sends what it may send; that it is that service was verified with the call's assertion.
 *
 * What is said of a caller without decisions is remembered, and holds for as long as the revision of the workspace is the same, which is asked each time. So is who the caller
 * is, where the gateway remembers it.
 */
export function createAskModels(access: Access, presentRevision: PresentRevisions) {
  const remembered = new Map<string, Judged & { revision: number }>()

  async function ask({ models, decisionIds, names, labels = [], rawLabels = [] }: Asked, call: Call) {
    const input = {
      decisionIds: [...decisionIds],
      models: models.map(({ name, provider, hosting }) => ({ model: name, provider: provider.name, hosting })),
      names: [...names],
      ...(labels.length === 0 ? {} : { labels: [...labels] }),
      ...(rawLabels.length === 0 ? {} : { rawLabels: [...rawLabels] }),
    }
    const checked = await access.checkModels(input, call)
    if (!checked.ok) {
      return checked.fault.code === 'access.not-found'
        ? fail(modelsFaults.fault('not-cleared', 'What this prompt was made from can no longer be vouched for.'))
        : failFromAccess(checked.fault)
    }
    const { forbidden, covering = [], revision } = checked.value
    return ok({
      labels: checked.value.labels,
      forbidden: new Map(forbidden.map(({ model, policyIds }) => [model, policyIds])),
      covering: new Set(covering),
      revision,
    })
  }

  return async function askModels(asked: Asked, call: Call) {
    const { workspaceId, subject, actors, keyId, revision: foundAt } = call.caller
    if (asked.decisionIds.length > 0) return ask(asked, call)
    if (subject.startsWith('system:')) return ok(nothing)
    const models = asked.models.map(({ name, hosting }) => `${hosting} ${name}`)
    const about = JSON.stringify([
      workspaceId,
      subject,
      actors,
      keyId,
      models,
      asked.names,
      asked.labels,
      asked.rawLabels,
    ])
    const known = remembered.get(about)
    if (known || foundAt !== undefined) {
      const present = await presentRevision(workspaceId)
      if (!present.ok) return present
      if (foundAt !== undefined && foundAt !== present.value) return fail(outdated())
      if (known?.revision === present.value) return ok(known)
    }
    const answered = await ask(asked, call)
    if (!answered.ok) return answered
    if (foundAt !== undefined && foundAt !== answered.value.revision) return fail(outdated())
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(about, answered.value)
    return answered
  }
}

const outdated = () => modelsFaults.fault('caller-outdated', 'Something has changed since this caller was identified.')

/** The labels among these that a model is not cleared for. */
export function unclearedLabels({ facts: { labels: cleared = [] } }: Model, carried: readonly string[]): string[] {
  return cleared.includes('*') ? [] : carried.filter((label) => !cleared.includes(label))
}
