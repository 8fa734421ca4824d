import { Passage } from '@tessera/shared/contracts/retrieval'
import { Type } from 'typebox'

/** A passage as clients get it: without what serves only to check it again. */
export const PublicPassage = Type.Omit(Passage, ['hash', 'contentVersion', 'labels'])
