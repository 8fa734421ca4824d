import type { LabelDefinition } from '../decide/facts.ts'
import type { Proviso } from '../log/proviso.ts'
import { Lru } from '../lru.ts'
import { type FactsQuestion, type LoadFacts, loadFacts } from './load-facts.ts'
import type { Facts } from './loaded-facts.ts'
import { type KnownDocument, labelsIn, rememberDocuments, seeStanding, withKnown } from './remembered-documents.ts'
import { inEmergency, rememberReaders } from './remembered-readers.ts'
import { readStanding, type Standing } from './standing.ts'

const WORKSPACES = 1_000

/** What stands in a workspace since `readerRevision`. */
type KnownWorkspace = {
  /** The highest that was seen, and the policies in force at it. */
  revision: number
  policyVersion: number
  readonly readerRevision: number
  readonly definitions: Map<string, LabelDefinition>
  /** Labels whose definition is known, or known to be missing. */
  readonly labels: Set<string>
}

export type FactsMemory = {
  /**
   * The facts of now. Each question goes to the database, in one statement and at one revision; but there, numbers are compared, and facts are read only where
   * they differ or are not known. So an answer is as current as without a memory (see `readStanding`).
   */
  readonly load: LoadFacts
  /**
   * The facts as they were last seen, without a look at the database: what is decided over them holds only with its row in the log, written under this proviso.
   * Undefined where something is not known, or was last seen at another revision than the rest.
   */
  recall(question: FactsQuestion): { readonly facts: Facts; readonly proviso: Proviso } | undefined
}

/** Remembers what `loadFacts` read, but neither what was cut down for one reader nor what a transaction sees, which may never be committed. */
export function rememberFacts(): FactsMemory {
  const workspaces = new Lru<KnownWorkspace>(WORKSPACES)
  const documents = rememberDocuments()
  const readers = rememberReaders()

  const remember = (question: FactsQuestion, facts: Facts) => {
    documents.remember(question, facts)
    const known = workspaces.get(question.workspaceId)
    // Another question may have come back with newer facts meanwhile.
    if (known && known.readerRevision > facts.readerRevision) return
    readers.remember(question, facts)
    workspaces.set(question.workspaceId, withFacts(known, facts))
  }

  /** Undefined where all must be read anew: the reader is not known, or something that is has changed. */
  const loadRest: LoadFacts = async (db, question) => {
    const workspace = workspaces.get(question.workspaceId)
    const reading = workspace && readers.recall(question, workspace.readerRevision)
    if (!reading) return undefined
    const { known, rest } = documents.split(question, workspace.labels)
    if (known.length === 0) return undefined
    if (rest.documentIds.length === 0) {
      const standing = await readStanding(db, rest)
      if (!standing || !stillStands(standing, workspace)) return undefined
      seeStanding(known, standing)
      seeRevision(workspace, standing)
      const { definitions } = workspace
      return withKnown(
        { ...nothing, ...standing, definitions, readers: inEmergency(reading, standing.breakGlass) },
        known,
      )
    }
    const found = await loadFacts(db, rest)
    if (!found || !stillStands(found, workspace)) return undefined
    seeStanding(known, found)
    remember(rest, found)
    const { definitions } = withFacts(workspace, found)
    const breakGlass = new Map([...found.readers].map(([name, reader]) => [name, reader.breakGlass]))
    return withKnown({ ...found, definitions, readers: inEmergency(reading, breakGlass) }, known)
  }

  return {
    async load(db, question) {
      const { former = [], asOf } = question
      if (former.length > 0 || asOf !== undefined || db.isTransaction) return loadFacts(db, question)
      const seen = workspaces.get(question.workspaceId)?.revision ?? 0
      const remembered = await loadRest(db, question)
      if (remembered) return remembered
      const loaded = await loadFacts(db, question)
      if (!loaded) return undefined
      // It fell behind what was seen of it before this was asked, so it came from a backup, and the same numbers may stand for something else.
      if (loaded.revision < seen) {
        workspaces.clear()
        documents.clear()
        readers.clear()
      }
      remember(question, loaded)
      return loaded
    },
    recall(question) {
      const workspace = workspaces.get(question.workspaceId)
      const reading = workspace && readers.recall(question, workspace.readerRevision)
      if (!workspace || !reading?.every(({ breakGlass }) => breakGlass.length === 0)) return undefined
      const { revision, readerRevision, policyVersion, definitions } = workspace
      const { known, rest } = documents.split(question, workspace.labels)
      if (known.length < question.documentIds.length || !known.every((document) => isFresh(document, revision)))
        return undefined
      const standing = { revision, readerRevision, policyVersion, stopped: false, moved: none, stale: none }
      const facts = { ...nothing, ...standing, definitions, readers: inEmergency(reading, new Map()) }
      return {
        facts: withKnown(facts, known),
        proviso: { revision, dataSourceIds: rest.earlier?.dataSourceIds ?? [] },
      }
    },
  }
}

const isFresh = ({ facts, seenRev }: KnownDocument, revision: number) => seenRev === revision && !facts.stale

const none: ReadonlySet<string> = new Set()

const nothing = {
  documents: new Map(),
  passages: new Map(),
  former: new Map(),
  formerLabels: new Map(),
  salts: new Map(),
}

const stillStands = (now: Standing, workspace: KnownWorkspace) =>
  now.moved.size === 0 && now.readerRevision === workspace.readerRevision && now.revision >= workspace.revision

function seeRevision(workspace: KnownWorkspace, { revision, policyVersion }: Standing): void {
  if (revision < workspace.revision) return
  workspace.revision = revision
  workspace.policyVersion = policyVersion
}

function withFacts(known: KnownWorkspace | undefined, facts: Facts): KnownWorkspace {
  const { revision, readerRevision } = facts
  const same = known?.readerRevision === readerRevision ? known : undefined
  const { policyVersion } = facts
  const workspace = same ?? { revision, policyVersion, readerRevision, definitions: new Map(), labels: new Set() }
  seeRevision(workspace, facts)
  for (const label of labelsIn(facts)) {
    const definition = facts.definitions.get(label)
    if (definition) workspace.definitions.set(label, definition)
    workspace.labels.add(label)
  }
  return workspace
}
