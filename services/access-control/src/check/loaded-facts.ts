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
import type { Standing } from './standing.ts'

export type PassageKey = { readonly documentId: string; readonly passageId: string }

/** A reader with what policies look at. `whole`: all names are there, not only those that these documents mention. */
export type LoadedReader = Reader & { readonly groups: readonly string[]; readonly whole: boolean }

/** A document as it stands since `changedRev`. `whole`: its lists are there with every entry, not only those that cover a reader. */
export type LoadedDocument = DocumentFacts & { readonly changedRev: number; readonly whole: boolean }

/** Everything that a decision looks at, as it stands in one snapshot. */
export type Facts = Standing & {
  /** One for every reader that was asked about, unknown ones included. */
  readonly readers: ReadonlyMap<string, LoadedReader>
  readonly documents: ReadonlyMap<string, LoadedDocument>
  /** By document and passage (`passageIn`). */
  readonly passages: ReadonlyMap<string, ReadonlyMap<string, PassageFacts | undefined>>
  readonly definitions: LabelDefinitions
  /** By `versionKey`: what stood when a version that is no longer current last was. */
  readonly former: ReadonlyMap<string, FormerFacts>
  /** By `versionKey` and passage: the labels that the passage itself carried then. */
  readonly formerLabels: ReadonlyMap<string, readonly string[]>
  /** By document id: what its alias in the log is made with. */
  readonly salts: ReadonlyMap<string, string>
}

export const passageKey = ({ documentId, passageId }: PassageKey) => `${documentId} ${passageId}`
/** What is said of one passage, if anything is. */
export const passageIn = ({ passages }: Pick<Facts, 'passages'>, { documentId, passageId }: PassageKey) =>
  passages.get(documentId)?.get(passageId)
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
