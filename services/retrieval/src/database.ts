import type { MediaType } from '@tessera/shared/contracts/media-types'
import type { Attachment, Mark } from '@tessera/shared/contracts/retrieval'
import type { Place } from '@tessera/shared/contracts/retrieval/passages'
import type { ColumnType, Generated, Kysely, Transaction } from 'kysely'
import type { Block } from './extract/block.ts'
import type { Marking } from './redact/marking.ts'

/** A jsonb column: read as a value, written as text. */
type Json<T> = ColumnType<T, string, string>

export type JobKind = 'reindex' | 'reconcile'
/**
 * `finishing`: the live index rests while the last differences are made up; `promoting`: from here on there is no way back; `stopped`: by an admin, to be resumed or
 * not.
 */
export type JobState = 'running' | 'finishing' | 'promoting' | 'stopped' | 'failed' | 'done'

export type RetrievalTables = {
  documents: {
    workspace_id: string
    document_id: string
    data_source_id: string
    external_id: string
    content_version: string
    /** Of the facts that the content was made under; what was made under older ones came late and is ignored. */
    access_revision: number
    title: string
    url: string | null
    updated_at: string | null
    authors: Generated<string[]>
    /** Null for documents that came before it was kept. */
    media_type: MediaType | null
    passage_count: number
    /** Removed for good. The row stays, so that content which comes late does not bring the document back. */
    removed: Generated<boolean>
    /** The version whose rows can be found now. */
    indexed_version: string | null
    /** The workspace's revision whose facts the rows carry. */
    facts_revision: number | null
    /** Why it cannot be indexed. */
    failure: string | null
    /** What the source marked in it; kept, so that it can be gone through again. */
    marks: Json<Mark[] | null>
    /** Of the redaction rules that its passages were marked with. */
    rule_version: Generated<number>
    /** Access-control was told labels of its passages, and has to be told when they go. */
    labelled: Generated<boolean>
    /** There may be rows of other views than the full one. Set before the first of them is put. */
    variants: Generated<boolean>
    /** What lies in it; null where nothing. */
    attachments: Json<Attachment[] | null>
    /** Tells its rows from others of the same version; null for one full row per passage. */
    indexed_rows: string | null
    /** How many rows it has in the live index. */
    indexed_count: Generated<number>
    /** The same of the next index, while one is filled: the version, the revision of the facts, which rows, how many, and why not. */
    next_version: string | null
    next_revision: number | null
    next_rows: string | null
    next_count: Generated<number>
    next_failure: string | null
  }
  document_blocks: { workspace_id: string; document_id: string; blocks: Json<Block[]> }
  passages: {
    workspace_id: string
    document_id: string
    ordinal: number
    passage_id: string
    headings: string[]
    text: string
    hash: string
    first_block: number
    last_block: number
    /** Null in what came before positions were kept. */
    start_character: number | null
    end_character: number | null
    place: Json<Place | null>
    /** What marks and rules say of it; null where nothing. */
    marking: Json<Marking | null>
  }
  /** Attachments that have yet to come as documents of their own. */
  attachments: { workspace_id: string; document_id: string; content_version: string; part: string; bytes: Uint8Array }
  /** What can be served of a passage below the full view, if access-control says that it exists. */
  passage_variants: {
    workspace_id: string
    document_id: string
    passage_id: string
    view: 'redacted' | 'digest'
    hash: string
    title: string
    headings: string[]
    text: string
  }
  /** Texts that were proposed in place of passages. Which of them exists is access-control's to say. */
  digests: {
    workspace_id: string
    document_id: string
    passage_id: string
    hash: string
    text: string
    proposed_by: string
    proposed_at: Generated<Date>
    approved: Generated<boolean>
  }
  /** Of texts that were embedded: little-endian 32-bit floats, none for a text without direction. */
  vectors: { workspace_id: string; document_id: string; model: string; hash: string; vector: Uint8Array }
  /** Rows that may still be in the index though their passage is gone from the registry. */
  stale_rows: { workspace_id: string; document_id: string; passage_id: string }
  /** Documents whose rows have to be brought up to date; at most one entry each, so that no two workers write the same rows. */
  index_work: {
    workspace_id: string
    document_id: string
    /** Raised by each change of content; work that began before is not done with it. */
    generation: Generated<number>
    /** From here on the rows show facts that are no longer true. */
    since_revision: number | null
    /** The newest revision that has to be applied. */
    until_revision: number | null
    attempts: Generated<number>
    reason: string | null
    not_before: Generated<Date>
    /** Whose turn it is, until when. */
    claim: string | null
    claimed_until: Date | null
    enqueued_at: Generated<Date>
  }
  /** By name: the index that `indexed_…` of the documents speak of (null: it was lost), and the one that is filled to take its place, with its embedding model. */
  indexes: {
    workspace_id: string
    /** Of the definition of the live one: processes of other versions leave it alone. */
    version: number
    live: string | null
    promoted_at: Generated<Date>
    next: string | null
    next_model: string | null
  }
  /** What is done to an index as a whole, by whichever process holds it; at most one of each kind. */
  index_jobs: {
    workspace_id: string
    kind: JobKind
    /** Of the definition of the index that it makes or looks through: for processes of this version. */
    version: number
    state: JobState
    started_at: Generated<Date>
    ended_at: Date | null
    reason: string | null
    report: Json<Record<string, number | boolean>>
    /** The document that it got to. */
    place: Generated<string>
    holder: string | null
    held_until: Date | null
  }
  /** How far the changes of access facts were listed, and the newest rules that documents were queued for. */
  workspaces: { workspace_id: string; listed_revision: number; rule_version: Generated<number> }
}

export type RetrievalDatabase = Kysely<RetrievalTables>
export type RetrievalTransaction = Transaction<RetrievalTables>
