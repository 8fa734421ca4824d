import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Change, May } from '../changes/writer.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'
import { type DocumentState, findStanding, layerOf, type PassageRow, withPassages } from '../sources/documents.store.ts'
import { writeDocuments } from '../sources/write-documents.ts'
import { inheritedLabels, type KnownPassages } from './inherited-labels.ts'
import { findKnownPassages, putKnownPassages, touchDocument } from './known-passages.store.ts'
import { asSet } from './signature.ts'
import { replaceVariants } from './variants.store.ts'

type Input = Parameters<ReturnType<Make<'putPassages'>>>[0]

const mayRetrieval: May = async (_, call) => systemFault(call, 'retrieval')

/** Replaces what marks and rules say of the passages of one version, never what somebody said by hand. */
export const putPassages: Make<'putPassages'> = ({ write }) =>
  async function putPassages(input, call) {
    const errors = twice(input)
    if (errors.length > 0) return fail(invalid(errors))
    return write(call, { operation: 'putPassages', input }, mayRetrieval, async (change) => {
      const { trx, workspaceId } = change
      const { documentId, contentVersion, complete } = input
      const before = (await findStanding(trx, workspaceId, { documentIds: [documentId] })).documents.get(documentId)
      if (!before || before.deleted) return fail(unknown('document'))
      if (layerOf(before, 'source')?.content_version !== contentVersion) {
        return fail(fault('conflict', 'These are the passages of a content version that is not the current one.'))
      }
      const known = complete ? await findKnownPassages(trx, workspaceId, documentId) : undefined
      const byHand = before.passages.filter(({ layer }) => layer === 'workspace')
      const inherited = complete && byHand.length > 0 ? inherit(input, before, byHand, known) : []
      const after = withPassages(before, ['source', 'detector'], [...labelsOf(input), ...inherited])
      await writeDocuments(change, [{ before, after }])
      await replaceVariants(change, input)
      if (complete) await putKnown(change, input, known, byHand.length > 0)
      return ok({})
    })
  }

function twice({ passages }: Input): FieldError[] {
  const seen = new Set<string>()
  return passages
    .flatMap(({ passageId }, index) => {
      const again = seen.has(passageId)
      seen.add(passageId)
      return again ? [{ field: `/passages/${index}/passageId`, rule: 'must not stand in the list twice' }] : []
    })
    .slice(0, 100)
}

const labelsOf = ({ passages }: Input): PassageRow[] =>
  passages.flatMap(({ passageId, sourceLabels, detectorLabels }) => [
    { passage_id: passageId, layer: 'source' as const, labels: asSet(sourceLabels) },
    { passage_id: passageId, layer: 'detector' as const, labels: asSet(detectorLabels) },
  ])

type Known = (KnownPassages & { readonly contentVersion: string }) | undefined

/** Nothing is new in the version that whoever labelled by hand had before them. */
function inherit(
  { contentVersion, passages }: Input,
  before: DocumentState,
  byHand: readonly PassageRow[],
  known: Known,
): PassageRow[] {
  const labelledVersion = layerOf(before, 'workspace')?.content_version
  if (known?.contentVersion !== contentVersion && labelledVersion === contentVersion) return []
  const labels = inheritedLabels(known, new Map(byHand.map((row) => [row.passage_id, row.labels])), passages)
  return [...labels].map(([passage_id, own]) => ({ passage_id, layer: 'workspace' as const, labels: own }))
}

/** The list itself is no fact that anybody reads by; that a document which awaited it does no longer is one. */
async function putKnown(change: Change, input: Input, known: Known, labelledByHand: boolean): Promise<void> {
  await putKnownPassages(change, input)
  if (labelledByHand && known?.contentVersion !== input.contentVersion) await touchDocument(change, input.documentId)
}
