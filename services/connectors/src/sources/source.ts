import type { MediaType } from '@tessera/shared/contracts/media-types'
import type { ContentFaultCode, Mark } from '@tessera/shared/contracts/retrieval'
import type { Result } from '@tessera/shared/fault/result'
import type { ConnectorsFault } from '../faults.ts'

/** What every kind of source offers to a sync, `folder` being the first. A listing is of one moment; texts are read one by one. */
export type Source = {
  list(): Promise<Result<Listing, ConnectorsFault>>
  /** A part of a file, from `offset` on; empty at its end, and nothing when it can't be had. */
  readPart(externalId: string, offset: number, atMostBytes: number): Promise<Uint8Array | undefined>
}

export type Listing = {
  /** In order of `externalId`, by code unit. */
  documents: readonly ListedDocument[]
  /** What stands in the source and is no document of ours, with the reason. */
  skipped: readonly Skipped[]
  groups: readonly SourceGroup[]
  /** Changes whenever a document, its fingerprint or any rule changes: two listings with one hash are the same. */
  hash: string
  has(externalId: string): boolean
  /** Whether this place could not be looked at, so that nobody can tell whether the document is still there. */
  unknown(externalId: string): boolean
  /** Who may read what stands at this place, in native ids of groups. Empty: nobody. */
  accessOf(externalId: string): SourceAccess
  read(document: ListedDocument): Promise<ReadOutcome>
}

/** What a document says: its text, or a file that retrieval reads in parts. */
export type SourceContent = { kind: 'text'; text: string } | { kind: 'file'; sha256: string }

export type ListedDocument = {
  externalId: string
  /** Equal while the document has not changed. */
  fingerprint: string
  sizeBytes: number
}

export type Skipped = { externalId: string; reason: SkipReason }

export type SourceGroup = { nativeId: string; title: string; people: readonly string[]; groups: readonly string[] }

export type SourceAccess = {
  allow: readonly string[]
  deny: readonly string[]
  /** Labels of the document; each of its passages carries them. */
  labels?: readonly string[]
  /** What the source says of parts of it. It belongs to the content: other marks make another fingerprint. */
  marks?: readonly Mark[]
}

export type ReadOutcome =
  | (SourceContent & {
      mediaType: MediaType
      sizeBytes: number
      /** Absent when the document was changed so shortly ago that its fingerprint can not tell the next change. */
      fingerprint?: string
      updatedAt: string
    })
  /** It is there, and can not become a document: what was known of it ends. */
  | { kind: 'unusable'; reason: SkipReason }
  /** It can not be read at the moment: what was known of it stays. */
  | { kind: 'unreadable'; reason: SkipReason }
  /** It has gone since the listing. */
  | { kind: 'gone' }

/** Why something in a source is not a document. Stable: admins filter by them. */
export type SkipReason =
  | 'unsupported-type'
  | 'hidden'
  | 'symlink'
  | 'symlink-out-of-tree'
  | 'not-a-file'
  | 'invalid-name'
  | 'unreadable'
  | 'binary'
  | 'gone'
  /** It was changed while it was read; the next sync takes it. */
  | 'changed'
  | ContentRefusal

/** Why retrieval does not take content in. */
export type ContentRefusal = ContentFaultCode extends `retrieval.${infer Reason}` ? Reason : never
