import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { newId } from '@tessera/shared/ids/ids'
import { type RowView, rowViews } from '../index/search-index.ts'
import { hiddenTitle } from '../redact/redacted-variant.ts'
import type { Candidate, Checked } from './check-passages.ts'
import type { RegistryPassage } from './passages.store.ts'

/** One variant of a passage that could be served, if the check allows exactly it. */
export type Offer = {
  readonly passage: RegistryPassage
  readonly view: RowView
  readonly hash: string
  readonly title: string
  readonly headings: string[]
  readonly text: string
}

/** Every variant of a passage that there is, greatest first. */
export function offersOf(passage: RegistryPassage): Offer[] {
  const { hash, title, headings, text } = passage
  const full: Offer = { passage, view: 'full', hash, title, headings, text }
  const below = passage.variants.map(({ view, hash, title, headings, text }): Offer => ({
    passage,
    view,
    hash,
    title,
    headings,
    text,
  }))
  return [full, ...below.toSorted((a, b) => rowViews.indexOf(a.view) - rowViews.indexOf(b.view))]
}

export const candidateOf = ({ passage, view, hash }: Offer): Candidate => ({
  passageId: passage.passageId,
  documentId: passage.documentId,
  contentVersion: passage.contentVersion,
  view,
  hash,
})

/** For what does not exist: the check has the same to do, and refuses it as it refuses what may not be seen. */
export const decoy = (): Candidate => ({
  passageId: newId('psg'),
  documentId: newId('doc'),
  contentVersion: newId('ver'),
  view: 'full',
  hash: '',
})

/** The variant as its reader gets it, or nothing when the check did not allow exactly this one. */
export function served(offer: Offer, { allowed }: Pick<Checked, 'allowed'>): Passage[] {
  const { passage, view, hash, title, headings, text } = offer
  const decision = allowed(passage.passageId, view)
  if (!decision) return []
  const { passageId, documentId, dataSourceId, contentVersion, externalId, url, authors, mediaType, updatedAt } =
    passage
  return [
    {
      passageId,
      documentId,
      dataSourceId,
      contentVersion,
      view,
      entitledView: decision.entitledView,
      // The definition of a label counts from when it is acknowledged, and the title was fixed with the text.
      title: view !== 'full' && decision.hidesTitle ? hiddenTitle : title,
      headings,
      text,
      // Where a document lies is told in words as well, and half an address leads nowhere.
      ...(view === 'full' ? { externalId, authors, ...(url === null ? {} : { url }) } : {}),
      ...(mediaType === null ? {} : { mediaType }),
      ...(updatedAt === null ? {} : { updatedAt }),
      position: positionOf(passage, view),
      hash,
      labels: decision.labels,
    },
  ]
}

/** A masked text is shorter or longer than what it hides: by block, nobody can tell by how much. */
function positionOf(
  { firstBlock, lastBlock, startCharacter: start, endCharacter: end, place }: RegistryPassage,
  view: RowView,
) {
  const position = { firstBlock, lastBlock }
  // Passages of documents that came before positions were kept have none.
  if (view !== 'full' || start === null || end === null) return position
  return { ...position, characters: { start, end }, ...(place && { place }) }
}

/** The greatest variant of a passage that the check allowed. */
export const greatest = (passage: RegistryPassage, checked: Pick<Checked, 'allowed'>): Passage[] =>
  offersOf(passage)
    .flatMap((offer) => served(offer, checked))
    .slice(0, 1)
