import type { InputOf } from '@tessera/shared/bus/contract'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { search } from '@tessera/shared/contracts/retrieval/search'
import type { IndexQuery, Narrowing } from '../index/search-index.ts'

export type SearchInput = InputOf<typeof search>

/** What the index is asked, without how much of it. */
export function askedOf(input: SearchInput, filter: ReaderFilter): Omit<IndexQuery, 'limit' | 'vector'> {
  return { words: input.query, filter, strict: filter.strictRanking ?? false, ...narrowingOf(input) }
}

function narrowingOf({
  dataSourceIds,
  spaces,
  authors,
  mediaTypes,
  updatedFrom,
  updatedBefore,
}: SearchInput): Narrowing {
  return {
    ...(dataSourceIds && { dataSourceIds }),
    ...(spaces && { spaces }),
    ...(authors && { authors }),
    ...(mediaTypes && { mediaTypes }),
    ...(updatedFrom !== undefined && { updatedFromMs: Date.parse(updatedFrom) }),
    ...(updatedBefore !== undefined && { updatedBeforeMs: Date.parse(updatedBefore) }),
  }
}
