import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import type { StoredDocument } from './load-documents.ts'

/** What access-control says of one passage; of one that it does not name, what it says of the document. */
export type PassageFacts = Omit<IndexFacts['passages'][number], 'passageId'>

const byPassage = new WeakMap<IndexFacts, ReadonlyMap<string, PassageFacts>>()

export function factsOfPassage(facts: IndexFacts, passageId: string): PassageFacts {
  const { signature, labels, hidesTitle } = facts
  // Facts may name thousands of passages, and each of them is asked for.
  const known = byPassage.get(facts) ?? new Map(facts.passages.map((passage) => [passage.passageId, passage]))
  byPassage.set(facts, known)
  return known.get(passageId) ?? { signature, labels, hidesTitle }
}

/** Whether these are the facts of the stored version. */
export const isKnown = (document: StoredDocument, facts: IndexFacts | undefined): facts is IndexFacts =>
  !document.removed &&
  facts !== undefined &&
  facts.contentVersion === document.contentVersion &&
  facts.dataSourceId === document.dataSourceId

/** Whether a document's passages may be in the index: its facts are ready, and they are those of the stored version. */
export const isSearchable = (document: StoredDocument, facts: IndexFacts | undefined): facts is IndexFacts =>
  isKnown(document, facts) && facts.searchable && !facts.awaitsPassages
