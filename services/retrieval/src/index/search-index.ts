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
  readonly vector?: Float32Array
}

export type IndexQuery = {
  /** Ranked by BM25 over title, headings and text. Absent: no such ranking is wanted. */
  readonly words?: string
  /** Ranked by cosine similarity. Absent: no such ranking is wanted. */
  readonly vector?: Float32Array
  readonly filter: ReaderFilter
  /** Only there. An empty list is nowhere. */
  readonly dataSourceIds?: readonly string[]
  readonly spaces?: readonly string[]
  /** The most rows of each ranking. */
  readonly limit: number
}

/** What is known of a row without its text, best first; equal scores by passage and view. */
export type IndexHit = {
  readonly passageId: string
  readonly documentId: string
  readonly contentVersion: string
  readonly view: RowView
  readonly hash: string
  readonly score: number
}

export type IndexAnswer = { readonly byWords: readonly IndexHit[]; readonly byVector: readonly IndexHit[] }

/** The index cannot answer now (down, too slow, overloaded). Never to be read as "nothing found". */
export class IndexUnavailable extends Error {}

/** The workspace has no index: none was made yet, or it was lost. `ensure` makes one. */
export class IndexMissing extends Error {}

/**
 * Where passages are found: one index per workspace, so that neither rows nor ranking statistics mix. It holds nothing that the registry does not;
 * it can be lost and rebuilt. Two adapters pass one suite (search-index.conformance.ts). The filter applies before anything is scored.
 * Every method throws `IndexUnavailable` when it cannot be done now; all but `ensure` throw `IndexMissing` when there is no index.
 */
export type SearchIndex = {
  /**
   * Makes the workspace's index if there is none, or none for vectors of this model. `created` tells that it is new and empty: everything has to be put again.
   */
  ensure(workspaceId: string, embeddingModel: string | undefined): Promise<{ created: boolean }>
  /** Puts rows. Returns those that it will never take, with the reason. */
  put(workspaceId: string, rows: readonly IndexRow[]): Promise<readonly { rowId: string; reason: string }[]>
  /** Replaces the access of rows and leaves their content. Returns the rows that are not there. */
  updateAccess(
    workspaceId: string,
    updates: readonly { rowIds: readonly string[]; access: RowAccess }[],
  ): Promise<readonly string[]>
  /** Removes rows; those that are not there are no error. */
  remove(workspaceId: string, rowIds: readonly string[]): Promise<void>
  /** When it returns, everything written before can be found. */
  refresh(workspaceId: string): Promise<void>
  find(
    workspaceId: string,
    query: IndexQuery,
    options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<IndexAnswer>
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
export function coversNothing({ filter, dataSourceIds, spaces }: IndexQuery): boolean {
  const nowhere = filter.scopes.some(
    (scope) =>
      scope.kind === 'selected' &&
      [scope.dataSourceIds, scope.spaces, scope.documentIds].every((list) => (list ?? []).length === 0),
  )
  return (
    nowhere ||
    filter.names.length === 0 ||
    !(isGranted(filter) || breaksGlass(filter)) ||
    dataSourceIds?.length === 0 ||
    spaces?.length === 0
  )
}
