import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'

/** Who a row is for (ACCESS.md section 2): what a reader's filter is compared with. An empty `allow` or empty `pairs` is nobody. */
export type RowAccess = {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** Agent names, or `*` for every agent. */
  readonly denyAgents: readonly string[]
  /** Every `<signature>/<view>` that resolves to this row. */
  readonly pairs: readonly string[]
  readonly space: string
  /** The revision of the facts above. */
  readonly revision: number
}

/** How much of a passage a row shows (ACCESS.md section 4). */
export type RowView = 'full' | 'redacted' | 'digest'
export const rowViews: readonly RowView[] = ['full', 'redacted', 'digest']

/** Names a row: a passage has one for each of its variants. */
export const rowIdOf = ({ passageId, view }: { passageId: string; view: RowView }) => `${passageId}/${view}`

/** One variant of one passage, with its own texts and vector. `rowIdOf` names it; putting it again replaces it. */
export type IndexRow = RowAccess & {
  readonly passageId: string
  readonly documentId: string
  readonly dataSourceId: string
  readonly contentVersion: string
  readonly view: RowView
  /** Keyed hash of the text that is served for this row. */
  readonly hash: string
  readonly title: string
  readonly headings: readonly string[]
  readonly text: string
  /** Texts as well (ACCESS.md section 4): none below the full view. */
  readonly authors: readonly string[]
  readonly mediaType?: string
  /** When its document was last changed in its source, in milliseconds since 1970. */
  readonly updatedAtMs?: number
  readonly vector?: Float32Array
}

/** What a search narrows itself to. An empty list is nowhere. */
export type Narrowing = {
  readonly dataSourceIds?: readonly string[]
  readonly spaces?: readonly string[]
  /** By one of these authors, in any case. */
  readonly authors?: readonly string[]
  readonly mediaTypes?: readonly string[]
  /** Changed in its source at or after, and before; a row that does not know when is neither. */
  readonly updatedFromMs?: number
  readonly updatedBeforeMs?: number
}

export type IndexQuery = Narrowing & {
  /** Ranked by BM25 over title, headings and text; each phrase in quotation marks must be there, for both rankings (see `queryTerms`). Absent: no such ranking is wanted. */
  readonly words?: string
  /** Ranked by cosine similarity. Absent: no such ranking is wanted. */
  readonly vector?: Float32Array
  readonly filter: ReaderFilter
  /** The most rows of each ranking. */
  readonly limit: number
  /**
   * Nothing that the filter hides may change any hit, score or place: statistics are those of the rows that pass, vectors are compared exactly. Over more than
   * `strictVectorRows` rows that pass, only the best by words are compared by vector.
   */
  readonly strict?: boolean
}

/** So many rows are compared exactly by their vectors, at most. */
export const strictVectorRows = 10_000
/** Of a strict ranking by words, as many are compared by vector where all that pass are too many. */
export const strictVectorCandidates = 1000

/** What is known of a row without its text, best first; equal scores by passage and view. */
export type IndexHit = {
  readonly passageId: string
  readonly documentId: string
  readonly contentVersion: string
  readonly view: RowView
  readonly hash: string
  readonly updatedAtMs?: number
  readonly score: number
}

export type IndexAnswer = {
  readonly byWords: readonly IndexHit[]
  readonly byVector: readonly IndexHit[]
  /** The name of the index that was asked, where a hit tells it. */
  readonly index?: string
}

/** Searches ask the live index of a workspace. Beside it the next one may be filled, to take its place. */
export type Which = 'live' | 'next'

/** One index of a workspace. Its vectors are of one model, and of the dimensions of the first of them. */
export type IndexInfo = {
  /** Of this index alone, never given again. */
  readonly name: string
  readonly embeddingModel?: string
  readonly dimensions?: number
}

/** A row as it stands in an index: what can be compared with what it should be. */
export type KnownRow = RowAccess & {
  readonly rowId: string
  readonly documentId: string
  readonly contentVersion: string
  readonly hash: string
}

/** The index cannot answer now (down, too slow, overloaded). Never to be read as "nothing found". */
export class IndexUnavailable extends Error {}

/** The workspace has no such index: none was made yet, or it was lost. */
export class IndexMissing extends Error {}

/** The query's vector has other dimensions than those of the index: another model made them. */
export class OtherDimensions extends Error {}

/** What an adapter can do that another cannot; everything else they all do. */
export type Capabilities = {
  /** Near vectors are found through a graph, at any size, with a few missed; otherwise each is compared, up to some 20,000 rows. */
  readonly vectorGraph: boolean
  /** A search ends when its caller leaves or its time is over; otherwise it goes on to its end. */
  readonly cancels: boolean
}

/**
 * Where passages are found: one live index per workspace, so that neither rows nor ranking statistics mix. It holds nothing that the registry does not; it can be lost and
 * rebuilt. An index that another version of this program defined otherwise is none of ours: it is neither asked nor written. Two adapters pass one suite
 * (search-index.conformance.ts). The filter applies before anything is scored.
 * Every method throws `IndexUnavailable` when it cannot be done now, and `IndexMissing` when there is no such index.
 */
export type SearchIndex = {
  readonly capabilities: Capabilities
  /** How this version of the program defines its indexes; a higher one is a later one. */
  readonly definitionVersion: number
  /** Which indexes there are. */
  look(workspaceId: string): Promise<{ live?: IndexInfo; next?: IndexInfo }>
  /** Makes an empty index, unless there is one. */
  make(workspaceId: string, which: Which, embeddingModel: string | undefined): Promise<IndexInfo>
  /** The next index becomes the live one, at once and for everybody; the live one goes. Nothing is in neither. */
  promote(workspaceId: string): Promise<void>
  /** Removes the next index, if there is one. */
  dropNext(workspaceId: string): Promise<void>
  /** Removes what other versions of this program, or killed processes, left behind. */
  sweep(workspaceId: string): Promise<void>
  /** Puts rows. Returns those that it will never take, with the reason. */
  put(
    workspaceId: string,
    rows: readonly IndexRow[],
    which?: Which,
  ): Promise<readonly { rowId: string; reason: string }[]>
  /** Replaces the access of rows of the live index and leaves their content: no text is sent again. Returns the rows that are not there. */
  updateAccess(
    workspaceId: string,
    updates: readonly { rowIds: readonly string[]; access: RowAccess }[],
  ): Promise<readonly string[]>
  /** Removes rows; those that are not there are no error. */
  remove(workspaceId: string, rowIds: readonly string[], which?: Which): Promise<void>
  /** When it returns, everything written before can be found, counted and listed. */
  refresh(workspaceId: string, which?: Which): Promise<void>
  find(
    workspaceId: string,
    query: IndexQuery,
    options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<IndexAnswer>
  /** How many rows there are. */
  count(workspaceId: string, which?: Which): Promise<number>
  /** All rows, or those of some documents, page by page, by document and then by passage and view. */
  list(workspaceId: string, which: Which, documentIds?: readonly string[]): AsyncGenerator<readonly KnownRow[]>
  /** Whether it answers; for readiness. */
  answers(): Promise<boolean>
  close(): Promise<void>
}

/** Whether there are rows that pass without a grant. */
export const breaksGlass = ({ breakGlass }: ReaderFilter) =>
  breakGlass.pairs.length > 0 && breakGlass.documentIds.length + breakGlass.spaces.length > 0

/** Whether every member of the audience has a name, and there is a pair: without, no grant lets a row through. */
export const isGranted = ({ names, pairs }: ReaderFilter) =>
  names.length > 0 && names.every((list) => list.length > 0) && pairs.length > 0

/** Whether a filter lets nobody's row through, so that there is nothing to ask. An empty list never means "no restriction". */
export function coversNothing({ filter, dataSourceIds, spaces, authors, mediaTypes }: IndexQuery): boolean {
  const nowhere = filter.scopes.some(
    (scope) =>
      scope.kind === 'selected' &&
      [scope.dataSourceIds, scope.spaces, scope.documentIds].every((list) => (list ?? []).length === 0),
  )
  return (
    nowhere ||
    filter.names.length === 0 ||
    !(isGranted(filter) || breaksGlass(filter)) ||
    [dataSourceIds, spaces, authors, mediaTypes].some((list) => list?.length === 0)
  )
}

/** Names are compared without case. */
export const foldedAuthor = (name: string) => name.normalize('NFKC').toLowerCase().trim()
