import { ok, type Result } from '@tessera/shared/fault/result'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { callAsAgent } from '../edge/callers.ts'
import { checkOpenable } from '../read-sets/check-openable.ts'
import type { Entry } from '../read-sets/read-sets.store.ts'
import { type History, loadHistory } from './history.ts'
import type { StepOutputs } from './journal.ts'
import type { GivenPassage } from './run.ts'
import type { Work } from './run-agent.ts'
import type { Asked } from './runs.store.ts'

const defaultPassages = 8
const maxQueryLength = 10_000

/** What the prompt is made of: passages, and what went before. */
type Material = { readonly found: Found; readonly history: History }

/**
 * Where the asker allows it, everything is gathered again without what no model of the agent may have, before anything is told or kept of it (ACCESS.md section 7).
 * The model router decides about the prompt all the same.
 */
export async function gatherPermitted(
  work: Work,
  journaled: StepOutputs['search'] | undefined,
  audience: string[],
): Promise<Result<Material>> {
  const gathered = await gather(work, journaled, { audience, unclearedLabels: journaled?.unclearedLabels ?? [] })
  if (!gathered.ok || journaled || !work.run.request.allowRestrictedView) return gathered
  const { deps, run, stop, asked } = work
  const checked = await deps.models.checkLabels(
    { ...modelsOf(asked), decisionIds: decisionIdsOf(gathered.value) },
    callAsAgent(deps.bus, run.caller, run.agentId, 10_000, stop.signal),
  )
  if (!checked.ok) return checked
  const { uncleared: unclearedLabels } = checked.value
  return unclearedLabels.length === 0 ? gathered : gather(work, undefined, { audience, unclearedLabels })
}

async function gather(
  work: Work,
  journaled: StepOutputs['search'] | undefined,
  hearing: { audience: string[]; unclearedLabels: readonly string[] },
): Promise<Result<Material>> {
  const { deps, run, stop, asked } = work
  const { atLeast } = run.request
  const [found, history] = await Promise.all([
    journaled ? recheck(work, journaled, hearing.audience) : search(work, hearing),
    loadHistory(deps, { ...run, parentId: asked.parentId }, { signal: stop.signal, atLeast, ...hearing }),
  ])
  if (!found.ok) return found
  return history.ok ? ok({ found: found.value, history: history.value }) : history
}

const decisionIdsOf = ({ found, history }: Material) => [found.output.decisionId, ...history.decisionIds]

export type Found = { readonly state: 'new' | 'again' | 'revoked'; readonly output: StepOutputs['search'] }

async function search(
  { deps, run, stop, asked }: Work,
  { audience, unclearedLabels }: { audience: string[]; unclearedLabels: readonly string[] },
): Promise<Result<Found>> {
  const { atLeast } = run.request
  const result = await deps.retrieval.search(
    {
      query: asked.question.slice(0, maxQueryLength),
      limit: asked.version.passages ?? defaultPassages,
      ...(audience.length === 0 ? {} : { audience }),
      ...(unclearedLabels.length === 0 ? {} : { unclearedLabels: [...unclearedLabels] }),
      ...(atLeast === undefined ? {} : { atLeast }),
    },
    callAsAgent(deps.bus, run.caller, run.agentId, 15_000, stop.signal),
  )
  if (!result.ok) return result
  await deps.onBoundary('search.returned', run)
  const { passages, decisionId, receipt, revision } = result.value
  return ok({ state: 'new', output: { decisionId, receipt, revision, passages: passages.map(given), unclearedLabels } })
}

const given = (passage: Passage, index: number): GivenPassage => ({
  marker: `[${index + 1}]`,
  passageId: passage.passageId,
  documentId: passage.documentId,
  contentVersion: passage.contentVersion,
  view: passage.view,
  labels: passage.labels,
  title: passage.title,
  headings: passage.headings,
  text: passage.text,
  ...(passage.url === undefined ? {} : { url: passage.url }),
})

/** Passages that were found before the run was taken up here may have been withdrawn since, from the asker or from who hears the answer. */
async function recheck(
  { deps, run, stop }: Work,
  output: StepOutputs['search'],
  audience: readonly string[],
): Promise<Result<Found>> {
  const call = callAsAgent(deps.bus, run.caller, run.agentId, 10_000, stop.signal)
  const sets = [{ id: 'passages', entries: entriesOf(output.passages) }]
  const checked = await checkOpenable(deps.access, sets, call, { audience })
  if (!checked.ok) return checked
  return ok({ state: checked.value.ids.has('passages') ? 'again' : 'revoked', output })
}

/** As they stand in the read set of what is made from them. */
export const entriesOf = (passages: readonly GivenPassage[]): Entry[] =>
  passages.map(({ documentId, passageId, contentVersion, view, labels }) => ({
    ...{ documentId, passageId, contentVersion, view, labels },
  }))

/** What serves agents that name no model. */
const DEFAULT_ROUTE = 'default'

/** What may serve an agent. */
export const modelsOf = ({ version: { model = DEFAULT_ROUTE, fallbacks } }: Asked) => ({
  model,
  ...(fallbacks.length === 0 ? {} : { fallbacks: [...fallbacks] }),
})
