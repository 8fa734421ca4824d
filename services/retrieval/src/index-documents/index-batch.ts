import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract, IndexFacts } from '@tessera/shared/contracts/access-control'
import type { RetrievalDatabase } from '../database.ts'
import type { IndexRow, SearchIndex } from '../index/search-index.ts'
import { embedDocuments } from './embed-documents.ts'
import type { Models } from './embed-texts.ts'
import { Later } from './later.ts'
import { type StoredDocument, uncheckedLoadDocuments } from './load-documents.ts'
import { accessOf, isSearchable, rowOf } from './rows.ts'
import type { Outcome, Work } from './work.store.ts'

export type IndexBatchDeps = {
  db: RetrievalDatabase
  index: SearchIndex
  access: Pick<Client<typeof accessContract>, 'indexFacts'>
  models: Models
  embeddingModel: string | undefined
}

/** One document with the facts that its rows are to carry; without facts it has no rows. */
type Task = { document: StoredDocument; work: Work; facts: IndexFacts | undefined }

/**
 * Brings the rows of some documents of one workspace up to date with the registry and with the access facts of now. When it returns, they can be found (or
 * not, where they must not be). Safe to repeat. Throws `Later` when something is not there.
 */
export async function indexBatch(deps: IndexBatchDeps, work: readonly Work[], call: Call): Promise<Outcome[]> {
  const { workspaceId } = call.caller
  const documentIds = work.map(({ documentId }) => documentId)
  const [{ facts, revision }, documents] = await Promise.all([
    readFacts(deps, documentIds, call),
    uncheckedLoadDocuments(deps.db, workspaceId, documentIds),
  ])
  const tasks = work.flatMap((work): Task[] => {
    const document = documents.find(({ documentId }) => documentId === work.documentId)
    if (!document) return []
    const found = facts.get(work.documentId)
    return [{ document, work, facts: isSearchable(document, found) ? found : undefined }]
  })
  const refused = await write(deps, tasks, call)
  await deps.index.refresh(workspaceId)
  const outcomes = tasks.map(({ document, work, facts }) => {
    const failure = refused.get(document.documentId) ?? null
    return {
      documentId: document.documentId,
      generation: work.generation,
      contentVersion: document.contentVersion,
      indexed: facts !== undefined && failure === null,
      appliedRevision: revision,
      failure,
      removedRows: document.staleRows,
    }
  })
  return [...outcomes, ...orphans(work, tasks, revision)]
}

/** Work for what the registry does not know: there is nothing to do, and it is done. */
const orphans = (work: readonly Work[], tasks: readonly Task[], appliedRevision: number): Outcome[] =>
  work
    .filter(({ documentId }) => !tasks.some((task) => task.work.documentId === documentId))
    .map(({ documentId, generation }) => ({
      documentId,
      generation,
      contentVersion: '',
      indexed: false,
      appliedRevision,
      failure: null,
      removedRows: [],
    }))

/** Facts of many documents may be too large for one message; then they are asked for by halves. */
async function readFacts({ access }: IndexBatchDeps, documentIds: readonly string[], call: Call) {
  const read = async (ids: readonly string[]): Promise<{ documents: IndexFacts[]; revision: number }> => {
    const answer = await access.indexFacts({ documentIds: [...ids] }, call)
    if (answer.ok) return answer.value
    if (answer.fault.code !== 'bus.too-large' || ids.length < 2)
      throw new Later(`${answer.fault.code}: ${answer.fault.detail}`)
    const middle = Math.ceil(ids.length / 2)
    const [first, second] = [await read(ids.slice(0, middle)), await read(ids.slice(middle))]
    return {
      documents: [...first.documents, ...second.documents],
      revision: Math.min(first.revision, second.revision),
    }
  }
  const { documents, revision } = await read(documentIds)
  return { facts: new Map(documents.map((facts) => [facts.documentId, facts])), revision }
}

/** Returns the documents with rows that the index will never take, and why. */
async function write(deps: IndexBatchDeps, tasks: readonly Task[], call: Call): Promise<Map<string, string>> {
  const { index } = deps
  const { workspaceId } = call.caller
  const isThere = ({ document }: Task) => document.indexedVersion === document.contentVersion
  const searchable = tasks.filter((task) => task.facts !== undefined)
  const missing = new Set(await index.updateAccess(workspaceId, searchable.filter(isThere).map(accessUpdate)))
  const isIncomplete = ({ document }: Task) => document.passages.some(({ passageId }) => missing.has(passageId))
  const wanted = searchable.filter((task) => !isThere(task) || isIncomplete(task))
  const documents = wanted.map(({ document }) => document)
  const { vectors, failures } = await embedDocuments(deps, documents, call)
  const rows = wanted
    .filter(({ document }) => !failures.has(document.documentId))
    .flatMap((task) => rowsOf(task, vectors))
  const refused = new Map(failures)
  const documentOf = new Map(rows.map((row) => [row.passageId, row.documentId]))
  for (const { passageId, reason } of await index.put(workspaceId, rows)) {
    refused.set(documentOf.get(passageId) ?? '', `The index refuses passage ${passageId}: ${reason}`)
  }
  const gone = tasks.flatMap(({ document, facts }) => [
    ...document.staleRows,
    ...(facts ? [] : document.passages.map(({ passageId }) => passageId)),
  ])
  await index.remove(workspaceId, gone)
  return refused
}

const accessUpdate = ({ document, facts }: Task) => ({
  passageIds: document.passages.map(({ passageId }) => passageId),
  access: accessOf(facts as IndexFacts),
})

function rowsOf({ document, facts }: Task, vectors: ReadonlyMap<string, Float32Array>): IndexRow[] {
  const access = accessOf(facts as IndexFacts)
  return document.passages.map((passage) => rowOf(document, passage, access, vectors.get(passage.passageId)))
}
