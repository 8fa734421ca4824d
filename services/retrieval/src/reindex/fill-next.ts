import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { RetrievalDatabase } from '../database.ts'
import { rowIdOf, type SearchIndex } from '../index/search-index.ts'
import { type EmbedDeps, embedDocuments } from '../index-documents/embed-documents.ts'
import { uncheckedLoadDocuments } from '../index-documents/load-documents.ts'
import { isSearchable } from '../index-documents/passage-facts.ts'
import { putPlanned } from '../index-documents/put-planned.ts'
import { readFacts } from '../index-documents/read-facts.ts'
import { type PlannedRow, rowsOf, shapeOf } from '../index-documents/rows.ts'
import type { Behind, Filled, NextIndexStore } from './next-index.store.ts'

export type FillDeps = EmbedDeps & {
  db: RetrievalDatabase
  index: SearchIndex
  access: Pick<Client<typeof accessContract>, 'indexFacts'>
  next: NextIndexStore
  embeddingClearedLabels: ReadonlySet<string>
}

type Task = { readonly filled: Omit<Filled, 'count' | 'failure'>; readonly rows: readonly PlannedRow[] }

/**
 * Puts the rows of some documents into the next index, as the registry and the facts of now have them. It makes no variants: those that are outdated wait for a worker, and
 * what a worker does makes the document come back here. Safe to repeat. Throws `Later` when something is not there.
 */
export async function fillNext(
  deps: FillDeps,
  { model, behind }: { model: string | undefined; behind: readonly Behind[] },
  call: Call,
): Promise<void> {
  const { workspaceId } = call.caller
  const ids = behind.map(({ documentId }) => documentId)
  const [{ documents: facts, revision }, documents] = await Promise.all([
    readFacts(deps.access, ids, call),
    uncheckedLoadDocuments(deps.db, workspaceId, ids),
  ])
  const factsOf = new Map(facts.map((one) => [one.documentId, one]))
  const tasks = documents.map((document): Task => {
    const { documentId, contentVersion, removed, indexedRows: seenRows } = document
    const its = factsOf.get(documentId)
    const rows = isSearchable(document, its) ? rowsOf(document, its, deps.embeddingClearedLabels) : []
    return { filled: { documentId, contentVersion, removed, revision, rows: shapeOf(rows), seenRows }, rows }
  })
  const planned = tasks.flatMap(({ rows }) => rows)
  await removeOthers(deps, behind, planned, call)
  const embedded = await embedDocuments(deps, { model, planned }, call)
  const failures = await putPlanned(deps.index, { workspaceId, which: 'next' }, planned, embedded)
  await deps.next.noteFilled(
    workspaceId,
    tasks.map(({ filled, rows }) => {
      const failure = failures.get(filled.documentId) ?? null
      return { ...filled, failure, count: failure === null ? rows.length : 0 }
    }),
  )
}

/** Rows of these documents that were put before, and are not to be there any more. */
async function removeOthers(
  { index }: FillDeps,
  behind: readonly Behind[],
  planned: readonly PlannedRow[],
  call: Call,
) {
  const known = behind.filter((one) => one.known).map(({ documentId }) => documentId)
  if (known.length === 0) return
  const { workspaceId } = call.caller
  const wanted = new Set(planned.map(({ row }) => rowIdOf(row)))
  await index.refresh(workspaceId, 'next')
  for await (const page of index.list(workspaceId, 'next', known)) {
    const others = page.map(({ rowId }) => rowId).filter((rowId) => !wanted.has(rowId))
    await index.remove(workspaceId, others, 'next')
  }
}
