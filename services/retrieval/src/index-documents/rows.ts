import type { IndexFacts } from '@tessera/shared/contracts/access-control'
import type { IndexRow, RowAccess } from '../index/search-index.ts'
import type { StoredDocument, StoredPassage } from './load-documents.ts'

/** Until labels exist, every row is the whole passage. */
const view = 'full'

/** Whether a document's passages may be in the index: its facts are ready, and they are those of the stored version. */
export const isSearchable = (document: StoredDocument, facts: IndexFacts | undefined): facts is IndexFacts =>
  !document.removed &&
  facts !== undefined &&
  facts.searchable &&
  facts.contentVersion === document.contentVersion &&
  facts.dataSourceId === document.dataSourceId

export const accessOf = (facts: IndexFacts): RowAccess => ({
  allow: facts.allow,
  deny: facts.deny,
  denyAgents: facts.denyAgents,
  pairs: [`${facts.signature}/${view}`],
  space: facts.space,
  revision: facts.revision,
})

export const rowOf = (
  document: StoredDocument,
  passage: StoredPassage,
  access: RowAccess,
  vector: Float32Array | undefined,
): IndexRow => ({
  ...access,
  passageId: passage.passageId,
  documentId: document.documentId,
  dataSourceId: document.dataSourceId,
  contentVersion: document.contentVersion,
  view,
  hash: passage.hash,
  title: document.title,
  headings: passage.headings,
  text: passage.text,
  ...(vector ? { vector } : {}),
})

/** What an embedding model reads: a passage means more under its title and headings. */
export const embeddedText = (document: StoredDocument, { headings, text }: StoredPassage) =>
  [document.title, ...headings, text].join('\n')
