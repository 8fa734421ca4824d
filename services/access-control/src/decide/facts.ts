import type { FactState, Layer, Scope } from '../database.ts'

/** Who reads, as far as a decision needs it. */
export type Reader = {
  /** `unknown`: not a user or service account of this workspace. */
  readonly state: 'unknown' | 'pending' | 'active' | 'deactivated'
  /** The names that cover the reader; at least those that the documents in question mention. */
  readonly names: ReadonlySet<string>
  /** The whole chain of agents that act for the reader. One without facts covers nothing. */
  readonly agents: readonly Agent[]
}

export type Agent = { readonly name: string; readonly facts: AgentFacts | undefined }

export type AgentFacts = {
  readonly active: boolean
  readonly scope: Scope
  readonly exceptDocumentIds: readonly string[]
}

/** What one layer says of a document (ACCESS.md section 2). */
export type LayerFacts = {
  readonly layer: Layer
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly gates: readonly string[]
  readonly denyAgents: readonly string[]
  readonly state: FactState
  readonly contentVersion: string | null
}

export type Lists = {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** The space of the document included. */
  readonly gates: readonly string[]
  readonly denyAgents: readonly string[]
}

/** The facts in force about one document. */
export type DocumentFacts = Lists & {
  readonly documentId: string
  readonly dataSourceId: string
  readonly space: string
  readonly state: FactState
  /** Older than the freshness bound of the data source, by the database's clock. */
  readonly stale: boolean
  readonly contentVersion: string
}

/** The lists that stood when a content version last was current. */
export type FormerFacts = Lists & { readonly state: FactState }

/** The lists in force: denies, gates and denied agents of every layer together, grants of the source alone. */
export function inForce(layers: readonly LayerFacts[], space: string): Lists {
  const source = layers.find(({ layer }) => layer === 'source')
  return {
    allow: source?.allow ?? [],
    deny: union(layers.map(({ deny }) => deny)),
    gates: union([...layers.map(({ gates }) => gates), [space]]),
    denyAgents: union(layers.map(({ denyAgents }) => denyAgents)),
  }
}

const union = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())]
