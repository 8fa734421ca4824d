import type { Scope } from '../database.ts'
import type {
  Actor,
  ActorFacts,
  DocumentFacts,
  FormerFacts,
  LabelDefinitions,
  PassageFacts,
  Reader,
} from '../decide/facts.ts'

export type PassageKey = { readonly documentId: string; readonly passageId: string }

/** A reader with what policies look at. */
export type LoadedReader = Reader & { readonly groups: readonly string[] }

/** Everything that a decision looks at, as it stands in one snapshot. */
export type Facts = {
  readonly revision: number
  readonly policyVersion: number
  readonly stopped: boolean
  /** One for every reader that was asked about, unknown ones included. */
  readonly readers: ReadonlyMap<string, LoadedReader>
  readonly documents: ReadonlyMap<string, DocumentFacts>
  /** By `passageKey`. */
  readonly passages: ReadonlyMap<string, PassageFacts>
  readonly definitions: LabelDefinitions
  /** By `versionKey`: what stood when a version that is no longer current last was. */
  readonly former: ReadonlyMap<string, FormerFacts>
  /** By `versionKey` and passage: the labels that the passage itself carried then. */
  readonly formerLabels: ReadonlyMap<string, readonly string[]>
  /** By document id: what its alias in the log is made with. */
  readonly salts: ReadonlyMap<string, string>
}

export const passageKey = ({ documentId, passageId }: PassageKey) => `${documentId} ${passageId}`
export const versionKey = ({ documentId, contentVersion }: { documentId: string; contentVersion: string }) =>
  `${documentId} ${contentVersion}`
export const formerPassageKey = (entry: PassageKey & { contentVersion: string }) =>
  `${versionKey(entry)} ${entry.passageId}`

export type ActorRow = {
  name: string
  active: boolean
  scope: Scope
  exceptDocumentIds: string[]
  clearances: string[]
}

/** The chain of actors, each with its facts. One that is neither agent nor app has none, and covers nothing. */
export const chainOf = (names: readonly string[], found: readonly (ActorFacts & { name: string })[]): Actor[] =>
  names.map((name) => ({ name, facts: found.find((facts) => facts.name === name) }))
