import type { LabelDefinition } from '../decide/facts.ts'
import { Lru } from '../lru.ts'
import { type FactsQuestion, type LoadFacts, loadFacts } from './load-facts.ts'
import type { Facts } from './loaded-facts.ts'
import { labelsIn, rememberDocuments, withKnown } from './remembered-documents.ts'
import { inEmergency, rememberReaders } from './remembered-readers.ts'
import { readStanding, type Standing } from './standing.ts'

const WORKSPACES = 1_000

/** What stands in a workspace since `readerRevision`. */
type KnownWorkspace = {
  /** The highest that was seen. */
  revision: number
  readonly readerRevision: number
  readonly definitions: Map<string, LabelDefinition>
  /** Labels whose definition is known, or known to be missing. */
  readonly labels: Set<string>
}

/**
 * `loadFacts` that remembers what it read. Each question still goes to the database, in one statement and at one revision; but there, numbers are compared, and
 * facts are read only where they differ or are not known. So an answer is as current as without a memory (see `readStanding`). What was cut down for one
 * reader is not remembered, and neither is what a transaction sees, which may never be committed.
 */
export function rememberFacts(): LoadFacts {
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
  const recall: LoadFacts = async (db, question) => {
    const workspace = workspaces.get(question.workspaceId)
    const reading = workspace && readers.recall(question, workspace.readerRevision)
    if (!reading) return undefined
    const { known, rest } = documents.split(question, workspace.labels)
    if (known.length === 0) return undefined
    if (rest.documentIds.length === 0) {
      const standing = await readStanding(db, rest)
      if (!standing || !stillStands(standing, workspace)) return undefined
      const { definitions } = workspace
      return withKnown(
        { ...nothing, ...standing, definitions, readers: inEmergency(reading, standing.breakGlass) },
        known,
      )
    }
    const found = await loadFacts(db, rest)
    if (!found || !stillStands(found, workspace)) return undefined
    remember(rest, found)
    const { definitions } = withFacts(workspace, found)
    const breakGlass = new Map([...found.readers].map(([name, reader]) => [name, reader.breakGlass]))
    return withKnown({ ...found, definitions, readers: inEmergency(reading, breakGlass) }, known)
  }

  return async function loadRemembered(db, question) {
    const { former = [], asOf } = question
    if (former.length > 0 || asOf !== undefined || db.isTransaction) return loadFacts(db, question)
    const seen = workspaces.get(question.workspaceId)?.revision ?? 0
    const recalled = await recall(db, question)
    if (recalled) return recalled
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
  }
}

const nothing = {
  documents: new Map(),
  passages: new Map(),
  former: new Map(),
  formerLabels: new Map(),
  salts: new Map(),
}

const stillStands = (now: Standing, workspace: KnownWorkspace) =>
  now.moved.size === 0 && now.readerRevision === workspace.readerRevision && now.revision >= workspace.revision

function withFacts(known: KnownWorkspace | undefined, facts: Facts): KnownWorkspace {
  const { revision, readerRevision } = facts
  const same = known?.readerRevision === readerRevision ? known : undefined
  const workspace = same ?? { revision, readerRevision, definitions: new Map(), labels: new Set() }
  workspace.revision = Math.max(workspace.revision, revision)
  for (const label of labelsIn(facts)) {
    const definition = facts.definitions.get(label)
    if (definition) workspace.definitions.set(label, definition)
    workspace.labels.add(label)
  }
  return workspace
}
