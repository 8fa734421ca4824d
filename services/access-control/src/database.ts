import type { ColumnType, Generated } from 'kysely'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import type { DetectorKind } from '@tessera/shared/contracts/access-control/labels'
import type { LogBody } from './log/row.ts'

/** A fact that holds from one revision until before another; `to_rev` null: it holds now. Facts are ended, never changed. */
type OverTime = { workspace_id: string; from_rev: number; to_rev: number | null }

/** Written as JSON text, read as a value. */
type Json<T> = ColumnType<T, string, string>
type Now = ColumnType<Date, never, never>

export type PrincipalKind = 'user' | 'service' | 'group' | 'container' | 'space'
export type PrincipalState = 'pending' | 'active' | 'deactivated'
export type JoinAs = 'pending' | 'guest' | 'member'
/** Who wrote a fact (ACCESS.md section 2). A sync replaces its own layer only. */
export type Layer = 'source' | 'workspace' | 'detector'
/** What remains of a passage for those who lack a clearance that its label requires. */
export type Below = 'none' | 'digest' | 'redacted'
export type FactState = 'ready' | 'pending' | 'quarantined'
export type Scope =
  | { kind: 'everything' }
  | { kind: 'selected'; dataSourceIds?: string[]; spaces?: string[]; documentIds?: string[] }
export type AgentGrantLists = Record<'run' | 'read' | 'edit' | 'publish' | 'administer', string[]>
export type AccessTables = {
  workspaces: {
    id: string
    title: string
    revision: number
    /** The last revision that changed something which a reader's filter looks at. */
    reader_revision: Generated<number>
    two_admins: Generated<boolean>
    /** Rows that are hidden from a reader have no part in how results are ranked for them. */
    strict_ranking: Generated<boolean>
    rule_version: Generated<number>
    /** The version of the policies in force; 0: none were published. */
    policy_version: Generated<number>
    stopped_at: ColumnType<Date | null, never, Date | null>
    seen_revision: number | null
    created_at: Now
  }
  identity_providers: {
    id: string
    workspace_id: string
    issuer: string
    audience: string
    jwks_url: string | null
    jwks: Json<unknown> | null
    join_as: JoinAs
  }
  principals: OverTime & {
    name: string
    kind: PrincipalKind
    title: string
    state: PrincipalState
    guest: boolean
    roles: Role[]
    issuer: string | null
    subject: string | null
    data_source_id: string | null
  }
  identity_links: OverTime & { identity: string; user_name: string; data_source_id: string }
  memberships: OverTime & { container: string; member: string; data_source_id: string | null }
  data_sources: OverTime & { data_source_id: string; space: string; freshness_ms: number | null }
  data_source_confirmations: {
    workspace_id: string
    data_source_id: string
    confirmed_at: ColumnType<Date, never, never>
  }
  documents: {
    workspace_id: string
    document_id: string
    data_source_id: string
    deleted_rev: number | null
    index_rev: number
    signature: string
    /** Null once the document was erased from the log. */
    log_salt: ColumnType<string | null, never, null>
  }
  document_facts: OverTime & {
    document_id: string
    layer: Layer
    allow: string[]
    deny: string[]
    gates: string[]
    deny_agents: string[]
    state: FactState
    reason: string | null
    content_version: string | null
    labels: Generated<string[]>
  }
  labels: OverTime & { label: string; title: string; requires: string[]; below: Below; hides_title: boolean }
  clearances: OverTime & { principal: string; clearance: string }
  /** Only passages with labels of their own in this layer. */
  passage_facts: OverTime & { document_id: string; passage_id: string; layer: Layer; labels: string[] }
  /** It exists while its hash, its label set and the content version are those in force. */
  passage_variants: OverTime & {
    document_id: string
    passage_id: string
    variant: 'redacted' | 'digest'
    state: 'proposed' | 'approved'
    hash: string
    labels: string[]
    marked: string[]
    hides_title: Generated<boolean>
    content_version: string
    proposer: string | null
    approver: string | null
  }
  document_passages: {
    workspace_id: string
    document_id: string
    content_version: string
    passage_ids: string[]
    sections: string[]
  }
  redaction_rules: OverTime & {
    id: string
    title: string
    /** Exactly one of these two. */
    pattern: string | null
    detector: DetectorKind | null
    label: string
    kind: string
  }
  policy_sets: {
    workspace_id: string
    id: string
    title: string
    state: 'draft' | 'published' | 'superseded'
    version: number | null
    text: string
    tests: Json<unknown[]>
    author: string
    created_at: Now
    published_at: ColumnType<Date | null, never, Date | null>
  }
  policy_versions: OverTime & { version: number }
  proposals: {
    workspace_id: string
    id: string
    operation: string
    input: Json<unknown>
    hash: string
    reason: string | null
    proposer: string
    state: 'waiting' | 'approved' | 'rejected' | 'expired'
    decided_by: string | null
    created_at: Now
    expires_at: ColumnType<Date, Date | string, never>
  }
  break_glass: OverTime & {
    id: string
    principal: string
    document_id: string | null
    space: string | null
    reason: string
    approved_by: string
    starts_at: ColumnType<Date, Date | string, never>
    ends_at: ColumnType<Date, Date | string, never>
  }
  space_delegates: OverTime & { space: string; principal: string }
  acting_apps: OverTime & { service_account: string; client_id: string; scope: Json<Scope> }
  signatures: {
    workspace_id: string
    signature: string
    data_source_id: string
    space: string
    gates: string[]
    document_labels: Generated<string[]>
    passage_labels: Generated<string[]>
  }
  agents: OverTime & {
    name: string
    active: boolean
    scope: Json<Scope>
    except_document_ids: string[]
    service_account: string | null
    purposes: Generated<string[]>
    grants: Json<AgentGrantLists>
  }
  api_keys: OverTime & {
    id: string
    secret_hash: string
    prefix: string
    title: string
    principal: string
    scopes: string[]
    data_source_id: string | null
    purposes: Generated<string[]>
    labels: Generated<string[]>
    created_by: string | null
    /** The secret before the last rotation, and until when it still works. */
    old_secret_hash: string | null
    /** Who may take the secret, once: its making or rotation was approved by another admin, who must not see it. */
    secret_for: Generated<string | null>
    old_secret_until: ColumnType<Date | null, Date | string | null, Date | string | null>
    expires_at: ColumnType<Date | null, string | null, never>
    last_used_at: ColumnType<Date | null, never, never>
    created_at: Now
  }
  changes: {
    workspace_id: string
    revision: number
    at: Now
    operation: string
    subject: string
    actors: string[]
    /** The second admin, where it took one. */
    approved_by: Generated<string | null>
  }
  log_heads: {
    workspace_id: string
    salt: Generated<string>
    sequence: Generated<number>
    hash: Generated<string>
    /** The highest that a row has. */
    revision: Generated<number>
    /** When the first row was written that no checkpoint covers. */
    uncovered_since: ColumnType<Date | null, never, null>
    checkpoint_sequence: Generated<number>
    /** Until when another process may be writing a checkpoint. */
    checkpointing_until: ColumnType<Date | null, never, null>
    /** The key that checkpoints are signed with; null until the first. */
    key_id: string | null
  }
  log_rows: {
    workspace_id: string
    sequence: number
    id: string
    at: Date
    kind: string
    revision: number
    policy_version: number
    body: Json<LogBody>
    previous_hash: string
    row_hash: string
  }
  log_checkpoints: {
    workspace_id: string
    sequence: number
    hash: string
    revision: number
    at: ColumnType<Date, string, never>
    key_id: string
    replaces: Json<{ sequence: number; hash: string } | null>
    signature: string
  }
  /** Whose alias in the log is whose. A row that is destroyed makes the alias nobody's. */
  log_aliases: { workspace_id: string; alias: string; name: string; salt: string }
}
