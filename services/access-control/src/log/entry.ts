import type { Kysely } from 'kysely'
import { newId } from '@tessera/shared/ids/ids'
import type { Clock } from '@tessera/shared/time/clock'
import type { AccessTables } from '../database.ts'
import type { Aliases } from './aliases.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import type { LogBody, LogKind, LoggedOutcome, RowDraft } from './row.ts'

/** What was decided about one document of a query, by its names; the log keeps aliases. */
export type DecidedDocument = {
  documentId: string
  passages: readonly string[]
  decision: 'allowed' | 'refused'
  view: string
  reasons: readonly string[]
  marks?: readonly string[]
  labels?: readonly string[]
}

/** One row to be written. Names and ids are replaced by their aliases on the way in; `details` must hold none. */
export type LogEntry = {
  workspaceId: string
  kind: LogKind
  operation: string
  subject: string
  actors: readonly string[]
  /** Whom it is about beside the subject: the audience, or the readers of a question. The first 100 are kept. */
  readers?: readonly string[] | undefined
  /** The second admin, where a change took one. */
  approvedBy?: string | undefined
  revision: number
  /** 0, the default: none were in force, or none was asked. */
  policyVersion?: number | undefined
  purpose?: string | undefined
  queryHash?: string | undefined
  filterHash?: string | undefined
  inputHash?: string | undefined
  documents?: readonly DecidedDocument[]
  /** Salts of documents that the caller has read anyway; the others are looked up. */
  salts?: ReadonlyMap<string, string>
  details?: { readonly [key: string]: Json | undefined }
}

export type DraftDeps = { aliases: Aliases; clock: Clock }

const MAX_READERS = 100

/** Replaces names by aliases. */
export async function draftOf(
  db: Kysely<AccessTables>,
  entry: LogEntry,
  { aliases, clock }: DraftDeps,
): Promise<RowDraft> {
  const {
    workspaceId,
    subject,
    actors,
    readers = [],
    approvedBy,
    operation,
    purpose,
    queryHash,
    filterHash,
    inputHash,
    details,
  } = entry
  const others = [...new Set(readers)].filter((name) => name !== subject).slice(0, MAX_READERS)
  const names = await aliases.ofNames(
    db,
    workspaceId,
    [subject, ...actors, ...others, ...(approvedBy ? [approvedBy] : []), ...labelNames(entry)],
    {
      remember: !db.isTransaction,
    },
  )
  const aliasOfName = (name: string) => names.get(name) ?? ''
  const body: Compact<LogBody> = {
    operation,
    subject: aliasOfName(subject),
    actors: actors.map(aliasOfName),
    readers: others.length > 0 ? others.map(aliasOfName) : undefined,
    approvedBy: approvedBy && aliasOfName(approvedBy),
    purpose,
    queryHash,
    filterHash,
    inputHash,
    outcomes: entry.documents && (await loggedOutcomes(db, entry, entry.documents, { aliases, aliasOfName })),
    details,
  }
  return {
    id: newId('dec'),
    at: new Date(clock.nowMs()).toISOString(),
    kind: entry.kind,
    revision: entry.revision,
    policyVersion: entry.policyVersion ?? 0,
    bodyText: canonicalJson(body),
  }
}

const labelPrefix = 'label:'

/** What a label is called among the names that have aliases. */
const labelName = (label: string) => `${labelPrefix}${label}`
/** Undefined for the name of something else. */
export const labelOfName = (name: string) => (name.startsWith(labelPrefix) ? name.slice(labelPrefix.length) : undefined)

const labelNames = ({ documents = [] }: LogEntry) => documents.flatMap(({ labels = [] }) => labels.map(labelName))

type Compact<T> = { [K in keyof T]: T[K] | undefined }

/** Alike decisions stand together: most queries have one or two kinds, and rows are kept for years. */
async function loggedOutcomes(
  db: Kysely<AccessTables>,
  { workspaceId, salts = new Map<string, string>() }: LogEntry,
  documents: readonly DecidedDocument[],
  { aliases, aliasOfName }: { aliases: Aliases; aliasOfName: (name: string) => string },
): Promise<LoggedOutcome[]> {
  const unsalted = documents.map(({ documentId }) => documentId).filter((documentId) => !salts.has(documentId))
  const found = await aliases.documentSalts(db, workspaceId, unsalted)
  const others = unsalted.some((documentId) => !found.has(documentId))
    ? await aliases.workspaceSalt(db, workspaceId)
    : ''
  const outcomes = new Map<string, LoggedOutcome>()
  for (const { documentId, passages, decision, view, reasons, marks = [], labels = [] } of documents) {
    const salt = salts.get(documentId) ?? found.get(documentId) ?? others
    const key = `${decision} ${view} ${reasons.join()} ${marks.join()} ${labels.join()}`
    const outcome = outcomes.get(key) ?? {
      ...{ decision, view, reasons: [...reasons], documents: [] },
      ...(marks.length > 0 ? { marks: [...marks] } : {}),
      ...(labels.length > 0 ? { labels: labels.map((label) => aliasOfName(labelName(label))) } : {}),
    }
    outcomes.set(key, outcome)
    outcome.documents.push([documentId, ...passages].map((id) => aliases.ofId(salt, id)))
  }
  return [...outcomes.values()]
}
