import { createHash } from 'node:crypto'
import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { type IndexRow, type RowAccess, rowIdOf, type RowView, rowViews } from '../index/search-index.ts'
import { markedLabels } from '../redact/marking.ts'
import type { StoredDocument, StoredPassage } from './load-documents.ts'
import { factsOfPassage } from './passage-facts.ts'

/** A row without its vector. `embedded` says whether its text may be sent to the embedding model. */
export type PlannedRow = { readonly row: Omit<IndexRow, 'vector'>; readonly embedded: boolean }

/**
 * The rows of a document: each passage in full, and beside it the variants that exist now, which is for access-control to say. A row carries the pairs that resolve to
 * it: the view itself, and a greater one below full that does not exist.
 */
export function rowsOf(document: StoredDocument, facts: IndexFacts, clearedLabels: ReadonlySet<string>): PlannedRow[] {
  const { documentId, dataSourceId, contentVersion, title, authors } = document
  const kind = { ...(document.mediaType && { mediaType: document.mediaType }), ...changed(document) }
  const { allow, deny, denyAgents, space, revision } = facts
  const access = { allow, deny, denyAgents, space, revision }
  const areCleared = (labels: readonly string[]) => labels.every((label) => clearedLabels.has(label))
  return document.passages.flatMap((passage) => {
    const { signature, labels, redactedHash, digestHash } = factsOfPassage(facts, passage.passageId)
    const { passageId, headings, text, hash } = passage
    const planned = (
      texts: Pick<IndexRow, 'view' | 'hash' | 'title' | 'headings' | 'text'>,
      views: readonly RowView[],
      embedded: boolean,
    ): PlannedRow => ({
      row: {
        ...access,
        ...kind,
        ...texts,
        authors: texts.view === 'full' ? authors : [],
        passageId,
        documentId,
        dataSourceId,
        contentVersion,
        pairs: views.map((view) => `${signature}/${view}`),
      },
      embedded,
    })
    const redacted = passage.redacted?.hash === redactedHash ? passage.redacted : undefined
    const digest = passage.digest?.hash === digestHash ? passage.digest : undefined
    return [
      planned({ view: 'full', hash, title, headings, text }, ['full'], areCleared(labels)),
      ...(redacted ? [planned(redacted, ['redacted'], areCleared(unmasked(passage, labels)))] : []),
      ...(digest ? [planned(digest, redacted ? ['digest'] : ['digest', 'redacted'], true)] : []),
    ]
  })
}

/** A time that its source could not write is none. */
function changed({ updatedAt }: StoredDocument) {
  const updatedAtMs = Date.parse(updatedAt ?? '')
  return Number.isNaN(updatedAtMs) ? {} : { updatedAtMs }
}

/** The labels whose spans are not what is masked in the redacted variant: they count for it as for the whole (ACCESS.md section 7). */
function unmasked({ marking }: StoredPassage, labels: readonly string[]): string[] {
  const masked = marking ? markedLabels(marking) : []
  return labels.filter((label) => !masked.includes(label))
}

/** The access of rows that are there already, in as few parts as it differs. */
export function accessUpdates(rows: readonly PlannedRow[]): { rowIds: string[]; access: RowAccess }[] {
  const byPairs = Map.groupBy(rows, ({ row }) => row.pairs.join(' '))
  return [...byPairs.values()].flatMap(([first, ...others]) => {
    if (!first) return []
    const { allow, deny, denyAgents, pairs, space, revision } = first.row
    const rowIds = [first, ...others].map(({ row }) => rowIdOf(row))
    return [{ rowIds, access: { allow, deny, denyAgents, pairs, space, revision } }]
  })
}

/** Tells these rows from others of the same version; null where each passage has its full row alone, as most have. */
export function shapeOf(rows: readonly PlannedRow[]): string | null {
  if (rows.every(({ row, embedded }) => row.view === 'full' && embedded)) return null
  const shape = rows.map(({ row, embedded }) => [rowIdOf(row), row.hash, row.title, embedded])
  return createHash('sha256').update(JSON.stringify(shape)).digest('base64url')
}

/** Rows of a document that must not be there: of passages that are gone, and of variants that do not exist. */
export function unwantedRows(document: StoredDocument, rows: readonly PlannedRow[]): string[] {
  const wanted = new Set(rows.map(({ row }) => rowIdOf(row)))
  const views: readonly RowView[] = document.variants ? rowViews : ['full']
  return [...document.passages.map(({ passageId }) => passageId), ...document.stalePassages]
    .flatMap((passageId) => views.map((view) => rowIdOf({ passageId, view })))
    .filter((rowId) => !wanted.has(rowId))
}

/** What an embedding model reads: a passage means more under its title and headings. */
export const embeddedText = ({ title, headings, text }: Pick<IndexRow, 'title' | 'headings' | 'text'>) =>
  [title, ...headings, text].join('\n')
