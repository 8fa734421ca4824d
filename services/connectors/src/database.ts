import type { MediaType } from '@tessera/shared/contracts/media-types'
import type { Mark } from '@tessera/shared/contracts/retrieval'
import type { FaultSchema } from '@tessera/shared/fault/fault'
import type { ColumnType, Generated, Selectable } from 'kysely'
import type { Static } from 'typebox'
import type { SourceGroup } from './sources/source.ts'

/** A jsonb column: read as a value, written as text (an array would otherwise become a PostgreSQL array). */
type Json<T> = ColumnType<T, string, string>
type Time = ColumnType<Date, Date | string, Date | string>

type ConnectionsTable = {
  id: string
  workspace_id: string
  connector: 'folder'
  title: string
  settings: Json<{ root: string }>
  created_at: Generated<Date>
}

type DataSourcesTable = {
  id: string
  workspace_id: string
  title: string
  space: string
  kind: 'sync' | 'push'
  connection_id: string | null
  /** The groups that access-control was given last, so that those which go can be ended after the documents that name them. */
  directory: Json<SourceGroup[]> | null
  /** When the next sync starts by itself; null until the first one was asked for. */
  next_sync_at: Time | null
  created_at: Generated<Date>
}

type DocumentsTable = {
  id: string
  workspace_id: string
  data_source_id: string
  external_id: string
  /** `removing`: ended here, and still to be ended elsewhere. Its external id is free for a new document. */
  state: Generated<'live' | 'removing'>
  content_version: string
  content_hash: string
  /** Content of `content_version` has yet to be acknowledged by retrieval. Set before anything is sent, so that a redo sends the same version. */
  pending: Generated<boolean>
  /** Hash of the access facts that access-control acknowledged last, and the revision it answered. */
  access_hash: string | null
  access_revision: number | null
  /** Equal to the source's while the document has not changed; null when only the content can tell. */
  fingerprint: string | null
  size_bytes: number
  /** Why retrieval refused the content of `content_version`. */
  rejected: string | null
  /** What it lies in, and which part of that it is: a document of its own under the rights of the other. */
  parent_id: string | null
  part: string | null
  /** What lies in it and is no document, with the reasons; null where nothing. */
  refused_parts: Json<{ externalId: string; reason: string }[]> | null
  /** The last sync that changed it, and the last that found it moved: a redone batch counts as it did the first time. */
  changed_in: string | null
  moved_in: string | null
  /** Pushed documents: who works on it at the moment, or from when on it may be tried again. */
  lease_token: string | null
  lease_until: Time | null
  updated_at: ColumnType<Date, Date | string | undefined, Date | string>
}

type OriginalsTable = {
  document_id: string
  content: Json<OriginalContent>
  access: Json<OriginalAccess>
}

type SyncsTable = {
  id: string
  workspace_id: string
  data_source_id: string
  state: Generated<'running' | 'done' | 'failed'>
  started_at: Generated<Date>
  finished_at: Time | null
  total: number | null
  seen: Generated<number>
  written: Generated<number>
  unchanged: Generated<number>
  removed: Generated<number>
  moved: Generated<number>
  skipped: Generated<number>
  attachments_written: Generated<number>
  attachments_skipped: Generated<number>
  skipped_reasons: ColumnType<{ externalId: string; reason: string }[], string | undefined, string>
  fault: Json<Static<typeof FaultSchema>> | null
  checkpoint: Json<Checkpoint> | null
  /** How often it was taken up since it last got on. */
  attempts: Generated<number>
  /** Whoever holds the token works on it until then. Without a token: not to be taken up before. */
  lease_token: string | null
  lease_until: Time | null
}

/** Files that are pushed, in parts; of a document, or (for an hour) of nothing yet. */
type UploadsTable = {
  id: string
  workspace_id: string
  data_source_id: string
  document_id: string | null
  created_at: Generated<Date>
}
type UploadPartsTable = { upload_id: string; part: number; start_at: number; bytes: Buffer }

/** What a push sent, kept so that everything derived from it can be made again. */
export type OriginalContent = {
  mediaType: MediaType
  text?: string
  file?: { uploadId: string; sizeBytes: number; sha256: string }
  title?: string
  url?: string
  updatedAt?: string
  authors?: string[]
  marks?: Mark[]
}
export type OriginalAccess = {
  allow: string[]
  deny: string[]
  gates: string[]
  denyAgents: string[]
  labels?: string[]
}

/**
 * How far a sync is in the listing with this hash: every document up to `after` (in the order of external ids) is done. Where the hash
 * has changed, the sync begins again; what it did already is then unchanged.
 */
export type Checkpoint = { listingHash: string; after: string | null }

export type ConnectorsDatabase = {
  connections: ConnectionsTable
  data_sources: DataSourcesTable
  documents: DocumentsTable
  originals: OriginalsTable
  uploads: UploadsTable
  upload_parts: UploadPartsTable
  syncs: SyncsTable
}

export type ConnectionRow = Selectable<ConnectionsTable>
export type DataSourceRow = Selectable<DataSourcesTable>
export type DocumentRow = Selectable<DocumentsTable>
export type SyncRow = Selectable<SyncsTable>
