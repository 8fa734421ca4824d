import type { EntitledView } from '@tessera/shared/contracts/access-control/common'
import type { Below, FactState, Layer, Scope } from '../database.ts'

/** Who reads, as far as a decision needs it. */
export type Reader = {
  readonly name: string
  readonly kind: 'user' | 'service'
  /** `unknown`: not a user or service account of this workspace. */
  readonly state: 'unknown' | 'pending' | 'active' | 'deactivated'
  readonly guest: boolean
  /** The names that cover the reader; at least those that the documents in question mention. */
  readonly names: ReadonlySet<string>
  /** The reader's own and those of every group that covers them (no space, no container). */
  readonly clearances: ReadonlySet<string>
  /** The whole chain that acts for the reader: agents, and apps. One without facts covers nothing. */
  readonly actors: readonly Actor[]
  /** Break-glass grants in force for the reader. */
  readonly breakGlass: readonly BreakGlass[]
}

export type Actor = { readonly name: string; readonly facts: ActorFacts | undefined }

export type ActorFacts = {
  readonly active: boolean
  readonly scope: Scope
  readonly exceptDocumentIds: readonly string[]
  /** The actor's own; what the reader gets through it is the intersection. */
  readonly clearances: readonly string[]
}

/** A grant for an emergency (ACCESS.md section 10): it stands in for `allow` and gates, never for a deny, a policy, a state or a label. */
export type BreakGlass = { readonly id: string; readonly documentId: string | null; readonly space: string | null }

/** What a label asks for, and what remains for those who lack a clearance. */
export type LabelDefinition = {
  readonly requires: readonly string[]
  readonly below: Below
  readonly hidesTitle: boolean
  /** Nobody counts as cleared, whatever they hold: the text goes on to where this label may not. */
  readonly clearsNobody?: boolean
}
/** By label; one that is missing here is undefined, and hides. */
export type LabelDefinitions = ReadonlyMap<string, LabelDefinition>

/** The definitions for text that goes on to where these labels may not. */
export function withUncleared(definitions: LabelDefinitions, labels: readonly string[]): LabelDefinitions {
  if (labels.length === 0) return definitions
  const uncleared = new Set(labels)
  return new Map(
    [...definitions].map(([label, facts]) => [label, uncleared.has(label) ? { ...facts, clearsNobody: true } : facts]),
  )
}

/** Whether one of these labels hides the title of what carries it; an undefined one hides everything. */
export const hidesTitle = (labels: readonly string[], definitions: LabelDefinitions): boolean =>
  labels.some((label) => definitions.get(label)?.hidesTitle ?? true)

/** What one layer says of a document (ACCESS.md section 2). */
export type LayerFacts = {
  readonly layer: Layer
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly gates: readonly string[]
  readonly denyAgents: readonly string[]
  readonly labels: readonly string[]
  readonly state: FactState
  readonly contentVersion: string | null
}

export type Lists = {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** The space of the document included. */
  readonly gates: readonly string[]
  readonly denyAgents: readonly string[]
  readonly labels: readonly string[]
}

/** The facts in force about one document. */
export type DocumentFacts = Lists & {
  readonly documentId: string
  readonly dataSourceId: string
  readonly space: string
  readonly state: FactState
  /** Older than the freshness bound of the data source, by the database's clock. */
  readonly stale: boolean
  /** Passages were labelled by hand, and those of this version are not known yet. */
  readonly awaitsPassages: boolean
  readonly contentVersion: string
}

/** The lists that stood when a content version last was current. */
export type FormerFacts = Lists & { readonly state: FactState }

/** What is said of one passage; passages without labels of their own and without variants have none. */
export type PassageFacts = {
  readonly passageId: string
  /** Its own, of all layers; those of its document come on top. */
  readonly labels: readonly string[]
  readonly variants: readonly VariantFacts[]
}

export type VariantFacts = {
  readonly variant: 'redacted' | 'digest'
  readonly hash: string
  /** The label set that it was made for; with another in force it does not exist. */
  readonly labels: readonly string[]
  /** The labels that marked at least one span of it. */
  readonly marked: readonly string[]
  /** Its own texts hide the title. */
  readonly hidesTitle: boolean
  readonly contentVersion: string
}

/**
 * What the policies say about a signature, for one reader: the ids of those that forbid. An evaluation error is an entry as well; `failed` says that there was one,
 * which may pass.
 */
export type PolicyJudgement = {
  readonly read: readonly string[]
  readonly use: readonly string[]
  readonly failed?: boolean
}

/** The lists in force: denies, gates, denied agents and labels of every layer together, grants of the source alone. */
export function inForce(layers: readonly LayerFacts[], space: string): Lists {
  const source = layers.find(({ layer }) => layer === 'source')
  return {
    allow: source?.allow ?? [],
    deny: union(layers.map(({ deny }) => deny)),
    gates: union([...layers.map(({ gates }) => gates), [space]]),
    denyAgents: union(layers.map(({ denyAgents }) => denyAgents)),
    labels: labelSet(...layers.map(({ labels }) => labels)),
  }
}

/** Label sets are compared as sets: sorted, each once. */
export const labelSet = (...lists: readonly (readonly string[])[]): string[] => union(lists).toSorted()

function union(lists: readonly (readonly string[])[]): string[] {
  const names = lists.length === 1 ? (lists[0] ?? []) : lists.flat()
  return names.length < 2 ? [...names] : [...new Set(names)]
}

const order: readonly EntitledView[] = ['none', 'digest', 'redacted', 'full']

/** Whether a view shows at most what another does. */
export const isAtMost = (view: EntitledView, other: EntitledView) => order.indexOf(view) <= order.indexOf(other)

/** The least of these views; of none at all, `full`. */
export const least = (views: readonly EntitledView[]): EntitledView =>
  order[Math.min(...views.map((view) => order.indexOf(view)), order.length - 1)] ?? 'none'
