import { hash } from 'node:crypto'
import { canonicalJson, type Json } from './canonical-json.ts'

/** What a row is about. `passages` and `read-sets` are decisions about documents; the others say what somebody did. */
export type LogKind =
  | 'passages'
  | 'read-sets'
  | 'access-check'
  | 'explain'
  | 'readers'
  | 'documents'
  | 'simulate'
  | 'change'
  | 'grant'
  | 'policy'
  | 'key'
  | 'role'
  | 'audit'
  | 'names'
  | 'key-rotation'
  | 'restore'

/** Documents of a query about which the same was decided. */
export type LoggedOutcome = Omit<LoggedDocument, 'document' | 'passages'> & {
  /** Each as the alias of the document, followed by those of its passages. */
  documents: string[][]
}

/** One document of a query. Document and passages stand as salted aliases. */
export type LoggedDocument = {
  document: string
  passages: string[]
  decision: 'allowed' | 'refused'
  view: string
  /** Codes of ACCESS.md section 9, without the names on their paths. */
  reasons: string[]
  /** What else holds for this decision: the id of a break-glass grant. */
  marks?: string[]
  /** Aliases of the labels that the texts carried which were given out. */
  labels?: string[]
}

/** What was asked or done, without any name, text, title, path or id from outside. */
export type LogBody = {
  operation: string
  /** Salted aliases of the one who asked, and of the chain that acted for them. */
  subject: string
  actors: string[]
  /** Salted alias of the second admin who approved it. */
  approvedBy?: string
  /** Aliases of whom it was about beside that: the audience of an answer, or the readers that a question named. */
  readers?: string[]
  purpose?: string
  queryHash?: string
  filterHash?: string
  /** SHA-256, salted per workspace, of what a change was asked to do. */
  inputHash?: string
  outcomes?: LoggedOutcome[]
  details?: { readonly [key: string]: Json | undefined }
}

/** What a row says of each document. */
export const documentsOf = ({ outcomes = [] }: LogBody): LoggedDocument[] =>
  outcomes.flatMap(({ documents, ...outcome }) =>
    documents.map(([document = '', ...passages]) => ({ document, passages, ...outcome })),
  )

/** A row before it has its place in the chain. `at` is told by a clock and never used for order. */
export type RowDraft = {
  id: string
  at: string
  kind: string
  revision: number
  policyVersion: number
  /** Canonical JSON of a `LogBody`. */
  bodyText: string
}

/** A row as it is hashed, exported and verified. Rows of a workspace are numbered from 1 without gaps. */
export type LogRow = {
  workspace: string
  sequence: number
  id: string
  at: string
  kind: string
  revision: number
  /** 0: no policies were in force. */
  policyVersion: number
  body: LogBody
  previousHash: string
}

/** What the first row of a workspace follows. */
export const genesisHash = '0'.repeat(64)

/** SHA-256 over the canonical JSON of a row, in hexadecimal. */
export const rowHash = (row: LogRow): string => sha256(canonicalJson(row))

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** The hash of a draft at its place. Its body is canonical already, so that it is written once. */
export function draftHash(
  { id, at, kind, revision, policyVersion, bodyText }: RowDraft,
  place: { workspace: string; sequence: number; previousHash: string },
): string {
  const { workspace, sequence, previousHash } = place
  const head = canonicalJson({ at }).slice(0, -1)
  const tail = canonicalJson({ id, kind, policyVersion, previousHash, revision, sequence, workspace }).slice(1)
  return sha256(`${head},"body":${bodyText},${tail}`)
}
