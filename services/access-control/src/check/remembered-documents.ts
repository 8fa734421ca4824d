import type { PassageFacts } from '../decide/facts.ts'
import { Lru } from '../lru.ts'
import type { FactsQuestion } from './load-facts.ts'
import { type Facts, type LoadedDocument, passageIn } from './loaded-facts.ts'
import type { Earlier, Standing } from './standing.ts'

/** About a kilobyte each. */
const DOCUMENTS = 50_000

/** One document as it stands since `facts.changedRev`. A passage of which nothing is said is there without facts. */
export type KnownDocument = {
  readonly workspaceId: string
  facts: LoadedDocument
  /** The last revision at which it was seen to stand. */
  seenRev: number
  readonly salt: string | undefined
  readonly passages: Map<string, PassageFacts | undefined>
}

/** What a question is about that is known already; and the question about the rest of it, and whether that still stands. */
type Split = { readonly known: readonly KnownDocument[]; readonly rest: FactsQuestion }

export function rememberDocuments() {
  const documents = new Lru<KnownDocument>(DOCUMENTS)
  const knownOf = ({ workspaceId }: FactsQuestion, documentId: string) => {
    const known = documents.get(documentId)
    return known?.workspaceId === workspaceId ? known : undefined
  }
  return {
    remember(question: FactsQuestion, facts: Facts): void {
      const asked = passagesAsked(question)
      for (const [documentId, document] of facts.documents) {
        if (!document.whole) continue
        const known = knownOf(question, documentId)
        if (known && known.facts.changedRev > document.changedRev) continue
        const same = known?.facts.changedRev === document.changedRev
        const passages = same ? known.passages : new Map<string, PassageFacts | undefined>()
        for (const passageId of asked.get(documentId) ?? [])
          passages.set(passageId, passageIn(facts, { documentId, passageId }))
        const { workspaceId } = question
        const seenRev = Math.max(facts.revision, same ? known.seenRev : 0)
        documents.set(documentId, {
          workspaceId,
          facts: document,
          seenRev,
          salt: facts.salts.get(documentId),
          passages,
        })
      }
    },
    /** Documents are known with those labels only whose definitions are. */
    split(question: FactsQuestion, labels: ReadonlySet<string>): Split {
      const asked = passagesAsked(question)
      const known: KnownDocument[] = []
      const unknown = new Set<string>()
      for (const documentId of question.documentIds) {
        const document = knownOf(question, documentId)
        if (document && covers(document, asked.get(documentId) ?? [], labels)) known.push(document)
        else unknown.add(documentId)
      }
      const passages = (question.passages ?? []).filter(({ documentId }) => unknown.has(documentId))
      return { known, rest: { ...question, documentIds: [...unknown], passages, earlier: earlierOf(known) } }
    },
    clear: () => documents.clear(),
  }
}

function passagesAsked({ passages = [] }: FactsQuestion): ReadonlyMap<string, string[]> {
  const asked = new Map<string, string[]>()
  for (const { documentId, passageId } of passages) {
    const ofDocument = asked.get(documentId)
    if (ofDocument) ofDocument.push(passageId)
    else asked.set(documentId, [passageId])
  }
  return asked
}

const covers = ({ facts, passages }: KnownDocument, asked: readonly string[], labels: ReadonlySet<string>): boolean =>
  facts.labels.every((label) => labels.has(label)) &&
  asked.every((id) => passages.has(id) && (passages.get(id)?.labels ?? []).every((label) => labels.has(label)))

const earlierOf = (known: readonly KnownDocument[]): Earlier => ({
  documentIds: known.map(({ facts }) => facts.documentId),
  changedRevs: known.map(({ facts }) => facts.changedRev),
  dataSourceIds: [...new Set(known.map(({ facts }) => facts.dataSourceId))],
})

/** Notes that they still stand. The clock may have made them stale meanwhile. */
export function seeStanding(known: readonly KnownDocument[], { revision, stale }: Standing): void {
  for (const document of known) {
    document.seenRev = Math.max(document.seenRev, revision)
    const isStale = stale.has(document.facts.dataSourceId)
    if (isStale !== document.facts.stale) document.facts = { ...document.facts, stale: isStale }
  }
}

/** Facts of a question's rest together with what was known. */
export function withKnown(facts: Facts, known: readonly KnownDocument[]): Facts {
  const documents = new Map(facts.documents)
  const passages = new Map(facts.passages)
  const salts = new Map(facts.salts)
  for (const { facts: document, passages: ofDocument, salt } of known) {
    const { documentId } = document
    documents.set(documentId, document)
    passages.set(documentId, ofDocument)
    if (salt !== undefined) salts.set(documentId, salt)
  }
  return { ...facts, documents, passages, salts }
}

/** Every label that these facts name. */
export const labelsIn = ({ documents, passages }: Facts): Set<string> =>
  new Set([
    ...[...documents.values()].flatMap(({ labels }) => labels),
    ...[...passages.values()].flatMap((ofDocument) => [...ofDocument.values()]).flatMap((facts) => facts?.labels ?? []),
  ])
