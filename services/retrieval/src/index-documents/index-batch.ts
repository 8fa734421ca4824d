import type { Call } from '@tessera/shared/bus/call'
import { type IndexInfo, rowIdOf, type SearchIndex } from '../index/search-index.ts'
import { embedDocuments, type EmbedDeps } from './embed-documents.ts'
import { type StoredDocument, uncheckedLoadDocuments } from './load-documents.ts'
import { isSearchable } from './passage-facts.ts'
import { putPlanned } from './put-planned.ts'
import { readFacts } from './read-facts.ts'
import { accessUpdates, type PlannedRow, rowsOf, shapeOf, unwantedRows } from './rows.ts'
import { type SettleDeps, settleVariants } from './settle-variants.ts'
import type { Outcome, Work, WorkStore } from './work.store.ts'

export type IndexBatchDeps = SettleDeps &
  EmbedDeps & {
    index: SearchIndex
    store: Pick<WorkStore, 'noteChangingRows'>
    /** Passages with other labels get no vector of their full text. */
    embeddingClearedLabels: ReadonlySet<string>
  }

/** One document with the rows that it is to have; none where it is not searchable. */
type Task = {
  document: StoredDocument
  work: Work
  revision: number
  searchable: boolean
  rows: readonly PlannedRow[]
  shape: string | null
}

/**
 * Brings the rows of some documents of one workspace up to date with the registry and with the access facts of now. When it returns, they can be found (or
 * not, where they must not be). Without a live index only their variants are brought up to date: their rows come with the next one. Safe to repeat. Throws `Later` when
 * something is not there.
 */
export async function indexBatch(
  deps: IndexBatchDeps,
  { live, work }: { live: IndexInfo | undefined; work: readonly Work[] },
  call: Call,
): Promise<Outcome[]> {
  const { workspaceId } = call.caller
  const documentIds = work.map(({ documentId }) => documentId)
  const [{ documents: facts, ruleVersion, revision }, documents] = await Promise.all([
    readFacts(deps.access, documentIds, call),
    uncheckedLoadDocuments(deps.db, workspaceId, documentIds),
  ])
  const factsOf = new Map(facts.map((one) => [one.documentId, one]))
  const loaded = documents.map((document) => ({ document, facts: factsOf.get(document.documentId), revision }))
  const settled = await settleVariants(deps, loaded, ruleVersion, call)
  const tasks = settled.flatMap(({ document, facts, revision }): Task[] => {
    const asked = work.find(({ documentId }) => documentId === document.documentId)
    if (!asked) return []
    const searchable = isSearchable(document, facts)
    const rows = searchable ? rowsOf(document, facts, deps.embeddingClearedLabels) : []
    return [{ document, work: asked, revision, searchable, rows, shape: shapeOf(rows) }]
  })
  const refused = live ? await write(deps, live, tasks, call) : new Map<string, string>()
  if (live) await deps.index.refresh(workspaceId)
  const outcomes = tasks.map(({ document, work, revision, searchable, rows, shape }) => {
    const failure = refused.get(document.documentId) ?? null
    return {
      documentId: document.documentId,
      generation: work.generation,
      contentVersion: document.contentVersion,
      indexed: live !== undefined && searchable && failure === null,
      indexedRows: shape,
      indexedCount: live && failure === null ? rows.length : 0,
      appliedRevision: revision,
      failure,
      removedPassages: document.stalePassages,
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
      indexedRows: null,
      indexedCount: 0,
      appliedRevision,
      failure: null,
      removedPassages: [],
    }))

/** Returns the documents with rows that the index will never take, and why. */
async function write(
  deps: IndexBatchDeps,
  live: IndexInfo,
  tasks: readonly Task[],
  call: Call,
): Promise<Map<string, string>> {
  const { index, store } = deps
  const { workspaceId } = call.caller
  const isThere = ({ document, shape }: Task) =>
    document.indexedVersion === document.contentVersion && document.indexedRows === shape
  const searchable = tasks.filter((task) => task.searchable)
  const updates = searchable.filter(isThere).flatMap(({ rows }) => accessUpdates(rows))
  const missing = new Set(await index.updateAccess(workspaceId, updates))
  const isIncomplete = ({ rows }: Task) => rows.some(({ row }) => missing.has(rowIdOf(row)))
  const wanted = searchable.filter((task) => !isThere(task) || isIncomplete(task))
  const planned = wanted.flatMap(({ rows }) => rows)
  const embedded = await embedDocuments(deps, { model: live.embeddingModel, planned }, call)
  await store.noteChangingRows(
    workspaceId,
    wanted.filter(isOfOtherShape).map(({ document }) => document.documentId),
  )
  const refused = await putPlanned(index, { workspaceId, which: 'live' }, planned, embedded)
  const gone = tasks
    .filter((task) => task.document.stalePassages.length > 0 || task.document.variants || !task.searchable)
    .flatMap((task) => unwantedRows(task.document, task.rows))
  await index.remove(workspaceId, gone)
  return refused
}

const isOfOtherShape = ({ document, shape }: Task) => document.indexedVersion !== null && document.indexedRows !== shape
