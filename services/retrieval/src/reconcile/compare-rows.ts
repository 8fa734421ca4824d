import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import { type KnownRow, rowIdOf, type SearchIndex, type Which } from '../index/search-index.ts'
import { type StoredDocument, uncheckedLoadDocuments } from '../index-documents/load-documents.ts'
import { isSearchable } from '../index-documents/passage-facts.ts'
import { readFacts } from '../index-documents/read-facts.ts'
import { rowsOf } from '../index-documents/rows.ts'

export type CompareDeps = {
  bus: Bus
  db: RetrievalDatabase
  index: Pick<SearchIndex, 'list'>
  access: Pick<Client<typeof accessContract>, 'indexFacts'>
}

/** Rows of one document that are not as the registry and the facts of now have them. */
export type Wrong = {
  readonly documentId: string
  readonly missing: number
  /** Rows that should not be there, by id. */
  readonly surplus: readonly string[]
  /** Of another text or version than the registry has. */
  readonly otherText: number
  readonly staleAccess: number
}
export type Compared = {
  /** The last document that was looked at. */
  readonly upTo: string
  readonly documents: number
  readonly rows: number
  readonly wrong: readonly Wrong[]
  /** Rows of documents that the registry does not know. */
  readonly unknownRows: readonly string[]
}

const documentsPerPage = 200
const timeoutMs = 60_000
/** After every id of a document: rows behind the last one are looked at, too. */
const end = '\uffff'

/** Goes through an index and the registry side by side, in the order of documents. A document that a worker is to bring up to date anyway is passed over. */
export async function* compareRows(
  deps: CompareDeps,
  { workspaceId, which, after }: { workspaceId: string; which: Which; after: string },
): AsyncGenerator<Compared> {
  const pages = deps.index.list(workspaceId, which)
  const rows = createReader(pages)
  try {
    for (let from = after; from !== end;) {
      const ids = await documentsAfter(deps.db, workspaceId, from)
      const upTo = ids.at(-1) ?? end
      const found = (await rows.upTo(upTo)).filter(({ documentId }) => documentId > after)
      yield { upTo, ...(await comparePage(deps, { workspaceId, which, ids, found })) }
      from = upTo
    }
  } finally {
    await pages.return(undefined)
  }
}

/** The same for some documents alone. */
export async function compareDocuments(
  deps: CompareDeps,
  { workspaceId, which, ids }: { workspaceId: string; which: Which; ids: readonly string[] },
) {
  const found = (await Array.fromAsync(deps.index.list(workspaceId, which, ids))).flat()
  return comparePage(deps, { workspaceId, which, ids, found })
}

/** Rows come in the order of their documents. */
function createReader(pages: AsyncGenerator<readonly KnownRow[]>) {
  let waiting: KnownRow[] = []
  let done = false
  return {
    async upTo(documentId: string): Promise<KnownRow[]> {
      const taken: KnownRow[] = []
      for (;;) {
        const behind = waiting.findIndex((row) => row.documentId > documentId)
        taken.push(...waiting.splice(0, behind < 0 ? waiting.length : behind))
        if (behind >= 0 || done) return taken
        const page = await pages.next()
        if (page.done) done = true
        else waiting = [...page.value]
      }
    },
  }
}

async function documentsAfter(db: RetrievalDatabase, workspaceId: string, after: string): Promise<string[]> {
  const { rows } = await sql<{ document_id: string }>`select document_id from documents
    where workspace_id = ${workspaceId} and document_id collate "C" > ${after} order by document_id collate "C" limit ${documentsPerPage}`.execute(
    db,
  )
  return rows.map((row) => row.document_id)
}

type Page = { workspaceId: string; which: Which; ids: readonly string[]; found: readonly KnownRow[] }

async function comparePage(deps: CompareDeps, { workspaceId, which, ids, found }: Page) {
  const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
  const call = deps.bus.callFor(caller, { timeoutMs })
  const [busy, { documents: facts }, documents] = await Promise.all([
    waiting(deps.db, workspaceId, ids),
    ids.length === 0 ? { documents: [] } : readFacts(deps.access, ids, call),
    uncheckedLoadDocuments(deps.db, workspaceId, ids),
  ])
  const foundOf = Map.groupBy(found, ({ documentId }) => documentId)
  const wrong = documents.flatMap((document): Wrong[] => {
    const { documentId } = document
    if (busy.has(documentId)) return []
    const its = facts.find((one) => one.documentId === documentId)
    const isWanted = isSearchable(document, its) && isIn(document, which)
    const expected = isWanted ? rowsOf(document, its, new Set()).map(({ row }) => row) : []
    const compared = compareDocument(documentId, expected, foundOf.get(documentId) ?? [])
    return compared ? [compared] : []
  })
  const known = new Set(ids)
  const unknownRows = found.filter(({ documentId }) => !known.has(documentId)).map(({ rowId }) => rowId)
  return { documents: documents.length, rows: found.length, wrong, unknownRows }
}

/** What the model or the index refused has no rows, and a document that failed in the live one may be fine in the next. */
const isIn = (document: StoredDocument, which: Which) =>
  which === 'next' ? document.nextFailure === null : document.failure === null

type Expected = ReturnType<typeof rowsOf>[number]['row']

function compareDocument(
  documentId: string,
  expected: readonly Expected[],
  found: readonly KnownRow[],
): Wrong | undefined {
  const there = new Map(found.map((row) => [row.rowId, row]))
  const wanted = new Set(expected.map(rowIdOf))
  const present = expected.flatMap((row) => {
    const known = there.get(rowIdOf(row))
    return known ? [{ row, known }] : []
  })
  const otherText = present.filter(
    ({ row, known }) => row.hash !== known.hash || row.contentVersion !== known.contentVersion,
  ).length
  const staleAccess = present.filter(({ row, known }) => accessOf(row) !== accessOf(known)).length
  const surplus = found.map(({ rowId }) => rowId).filter((rowId) => !wanted.has(rowId))
  const missing = expected.length - present.length
  if (missing + surplus.length + otherText + staleAccess === 0) return undefined
  return { documentId, missing, surplus, otherText, staleAccess }
}

const accessOf = ({ allow, deny, denyAgents, pairs, space }: Omit<KnownRow, 'rowId'> | Expected) =>
  JSON.stringify([...[allow, deny, denyAgents, pairs].map((list) => list.toSorted()), space])

async function waiting(db: RetrievalDatabase, workspaceId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await sql<{ document_id: string }>`select document_id from index_work
    where workspace_id = ${workspaceId} and document_id = any(${ids}::text[])`.execute(db)
  return new Set(rows.map((row) => row.document_id))
}
