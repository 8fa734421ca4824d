import {
  type DocumentState,
  findStanding,
  type KnownDocument,
  type PassageRow,
  withLayer,
  withPassages,
} from '../sources/documents.store.ts'
import { sourceLayer } from '../sources/put-document-access.ts'
import { writeDocuments } from '../sources/write-documents.ts'
import { asSet } from '../index/signature.ts'
import type { Batch } from './batch.ts'
import type { LineOf, Numbered } from './read-lines.ts'

/** The source layer of documents, with the labels of their passages where the line states them. Every other layer stays. */
export async function importDocuments({ change, of, refuse, wrote }: Batch): Promise<void> {
  const lines = of('document', ({ documentId }) => documentId)
  if (lines.length === 0) return
  const { spaces, documents } = await findStanding(change.trx, change.workspaceId, {
    documentIds: lines.map(({ line }) => line.documentId),
    dataSourceIds: [...new Set(lines.map(({ line }) => line.dataSourceId))],
  })
  const rewrites = lines.flatMap(({ number, line }) => {
    const before = documents.get(line.documentId)
    const space = spaces.get(line.dataSourceId)
    const broken = brokenPlace(line, before, space)
    if (broken) refuse(number, broken.field, broken.rule)
    if (broken || space === undefined) return []
    const { documentId, dataSourceId } = line
    return [{ before, after: written(before ?? { documentId, dataSourceId, space, layers: [], passages: [] }, line) }]
  })
  const changed = new Set(await writeDocuments(change, rewrites))
  for (const { number, line } of lines) if (changed.has(line.documentId)) wrote(number)
}

function brokenPlace(line: Numbered<'document'>['line'], before: KnownDocument | undefined, space: string | undefined) {
  if (space === undefined) {
    return { field: '/dataSourceId', rule: 'must be known, or made known in this batch or an earlier one' }
  }
  if (before?.deleted) return { field: '/documentId', rule: 'has ended; its id never comes back' }
  const foreign = before && before.dataSourceId !== line.dataSourceId
  return foreign ? { field: '/dataSourceId', rule: 'must be the data source that the document belongs to' } : undefined
}

function written(document: DocumentState, line: LineOf<'document'>): DocumentState {
  const facts = withLayer(document, 'source', sourceLayer(line))
  const passages = line.passages?.map(({ passageId, labels }): PassageRow => ({
    passage_id: passageId,
    layer: 'source',
    labels: asSet(labels),
  }))
  return passages ? withPassages(facts, ['source'], passages) : facts
}
