import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Call } from '@tessera/shared/bus/call'
import { takesAway } from '../changes/widening.ts'
import type { Change, Operation } from '../changes/writer.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { asSet } from '../index/signature.ts'
import { findClearancesOfCaller } from '../labels/clearances.store.ts'
import { findDefinitions } from '../labels/labels.store.ts'
import { mayAdministerDocument } from '../people/delegates.ts'
import { mayAdmin } from '../people/may.ts'
import type { PolicyJudge } from '../policies/policy-judge.ts'
import { findInForce } from '../policies/policy-sets.store.ts'
import { brokenLists } from './broken-lists.ts'
import {
  type DocumentState,
  findStanding,
  layerOf,
  type LayerRow,
  type PassageRow,
  withLayer,
  withPassages,
} from './documents.store.ts'
import { unstorableTexts } from './unstorable-texts.ts'
import { writeDocuments } from './write-documents.ts'

type Input = Parameters<ReturnType<Make<'putDocumentLayer'>>>[0]

/** What the workspace itself says of a document, over its source: denies, gates and labels. Empty lists end the layer. */
export const putDocumentLayer: Make<'putDocumentLayer'> = ({ write, policies }) =>
  async function putDocumentLayer(input, call) {
    const { documentId } = input
    const errors = [...brokenLists(input), ...unstorableTexts(input), ...twice(input)]
    if (errors.length > 0) return fail(invalid(errors))
    const operation: Operation = {
      operation: 'putDocumentLayer',
      input,
      sensitive: async (change) => {
        const before = await findBefore(change, documentId)
        if (!before) return false
        return takesSomethingAway(before, input) || (addsLabel(before, input) && (await lapseByLabel(change, policies)))
      },
    }
    return write(call, operation, mayAdministerDocument(documentId), async (change) => {
      const before = await findBefore(change, documentId)
      if (!before || before.deleted) return fail(unknown('document'))
      const passages = passagesOf(input)
      const refusal = await removalFault(change, call, [
        ...removedFromAll(before, input),
        ...removedLabels(before, passages),
      ])
      if (refusal) return fail(refusal)
      const after = withPassages(
        withLayer(before, 'workspace', workspaceLayer(input, before, passages)),
        ['workspace'],
        passages,
      )
      await writeDocuments(change, [{ before, after }])
      return ok({})
    })
  }

const passagesOf = ({ passages = [] }: Input): PassageRow[] =>
  passages.map(({ passageId, labels }) => ({ passage_id: passageId, layer: 'workspace', labels: asSet(labels) }))

/** Whether the layer that stands says something which the new one does not: that may widen. */
function takesSomethingAway(before: DocumentState, input: Input): boolean {
  const { deny = [], gates = [], deny_agents: denyAgents = [], labels = [] } = layerOf(before, 'workspace') ?? {}
  return (
    takesAway(
      { deny, gates, denyAgents, labels },
      { deny: input.deny, gates: input.gates, denyAgents: input.denyAgents, labels: input.labels },
    ) || removedLabels(before, passagesOf(input)).length > 0
  )
}

/** Whether the document, or a passage of it, carries a label afterwards that this layer did not give it before. */
function addsLabel(before: DocumentState, input: Input): boolean {
  const had = layerOf(before, 'workspace')?.labels ?? []
  const ofPassages = new Map(byHand(before).map(({ passage_id, labels }) => [passage_id, labels]))
  return (
    input.labels.some((label) => !had.includes(label)) ||
    passagesOf(input).some(({ passage_id, labels }) =>
      labels.some((label) => !ofPassages.get(passage_id)?.includes(label)),
    )
  )
}

/** A policy may make an exception for what carries a label, so that to add one widens. */
async function lapseByLabel({ trx, workspaceId }: Change, policies: PolicyJudge): Promise<boolean> {
  const inForce = await findInForce(trx, workspaceId)
  return policies.lapseByLabel(await policies.policiesOf(trx, workspaceId, inForce?.version ?? 0))
}

const findBefore = async ({ trx, workspaceId }: Change, documentId: string) =>
  (await findStanding(trx, workspaceId, { documentIds: [documentId] })).documents.get(documentId)

function twice({ passages = [] }: Input): FieldError[] {
  const seen = new Set<string>()
  return passages.flatMap(({ passageId }, index) => {
    const again = seen.has(passageId)
    seen.add(passageId)
    return again ? [{ field: `/passages/${index}/passageId`, rule: 'must not stand in the list twice' }] : []
  })
}

const byHand = ({ passages }: DocumentState) => passages.filter(({ layer }) => layer === 'workspace')

/** With the content version that stood when passages were first labelled: whoever labelled them saw that one. */
function workspaceLayer(input: Input, before: DocumentState, passages: readonly PassageRow[]): LayerRow | undefined {
  const [deny, gates, denyAgents, labels] = [input.deny, input.gates, input.denyAgents, input.labels].map(asSet)
  const labelled = passages.some((row) => row.labels.length > 0)
  const nothing = [deny, gates, denyAgents, labels].every((list) => list?.length === 0) && !labelled
  if (nothing) return undefined
  const seen = layerOf(before, byHand(before).length > 0 ? 'workspace' : 'source')?.content_version ?? null
  return {
    layer: 'workspace',
    allow: [],
    deny: deny ?? [],
    gates: gates ?? [],
    deny_agents: denyAgents ?? [],
    labels: labels ?? [],
    state: 'ready',
    reason: null,
    content_version: labelled ? seen : null,
  }
}

/** The labels that some passage has by hand, and would not have any more. */
function removedLabels(before: DocumentState, passages: readonly PassageRow[]): string[] {
  const kept = new Map(passages.map((row) => [row.passage_id, row.labels]))
  return asSet(
    byHand(before).flatMap(({ passage_id, labels }) =>
      labels.filter((label) => !kept.get(passage_id)?.includes(label)),
    ),
  )
}

/** The labels that the whole document has by hand, and would not have any more. */
function removedFromAll(before: DocumentState, { labels }: Input): string[] {
  return (layerOf(before, 'workspace')?.labels ?? []).filter((label) => !labels.includes(label))
}

/** Who takes a label off shows the passages to everybody: that takes somebody who may see them. Of an undefined label nobody is cleared, so an admin does. */
async function removalFault(change: Change, call: Call, removed: readonly string[]) {
  if (removed.length === 0) return undefined
  const { trx, workspaceId } = change
  const definitions = await findDefinitions(trx, workspaceId)
  const own = await findClearancesOfCaller(trx, call)
  const isAdmin = (await mayAdmin(trx, call)) === undefined
  const kept = removed.filter((label) => {
    const definition = definitions.get(label)
    return definition ? !definition.requires.every((clearance) => own.has(clearance)) : !isAdmin
  })
  return kept.length === 0
    ? undefined
    : fault('forbidden', `Only somebody who holds the clearances of ${kept.join(', ')} takes that off.`)
}
