import { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { FoundPassage } from '@tessera/shared/contracts/retrieval/search'
import { Type } from 'typebox'

/** What serves only to check a passage again. */
const inner = ['hash', 'contentVersion', 'labels'] as const

/** A passage as clients get it. */
export const PublicPassage = Type.Omit(Passage, inner)

export const PublicFoundPassage = Type.Object({
  ...Type.Omit(FoundPassage, inner).properties,
  before: Type.Optional(Type.Array(PublicPassage)),
  after: Type.Optional(Type.Array(PublicPassage)),
})
