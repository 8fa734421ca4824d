import type { ColumnType, Generated } from 'kysely'
import type { Role } from '@tessera/shared/contracts/access-control'

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
export type FactState = 'ready' | 'pending' | 'quarantined'
export type Scope =
  | { kind: 'everything' }
  | { kind: 'selected'; dataSourceIds?: string[]; spaces?: string[]; documentIds?: string[] }
export type AgentGrantLists = Record<'run' | 'read' | 'edit' | 'publish' | 'administer', string[]>
/** One document of a decision, as the log keeps it: opaque ids, what was decided, why. */
export type LoggedDocument = {
  documentId: string
  passages: string[]
  decision: 'allowed' | 'refused'
  view: 'full' | 'none'
  reasons: string[]
}

export type AccessTables = {
  workspaces: { id: string; title: string; revision: number; created_at: Now }
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
  }
  signatures: { workspace_id: string; signature: string; data_source_id: string; space: string; gates: string[] }
  agents: OverTime & {
    name: string
    active: boolean
    scope: Json<Scope>
    except_document_ids: string[]
    service_account: string | null
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
  }
  decisions: {
    id: string
    sequence: Generated<number>
    workspace_id: string
    at: Now
    kind: 'passages' | 'read-sets'
    purpose: string
    subject: string
    actors: string[]
    revision: number
    query_hash: string | null
    documents: Json<LoggedDocument[]>
  }
}
