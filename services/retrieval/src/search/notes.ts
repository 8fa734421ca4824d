import type { SearchNote } from '@tessera/shared/contracts/retrieval/search'
import { queryTerms } from '../words/query-terms.ts'

/** What could not be done as the query asked. */
export function notesOnQuery(query: string): SearchNote[] {
  const { terms, cut } = queryTerms(query)
  return [...(terms.length === 0 ? (['no-words'] as const) : []), ...(cut ? (['query-cut'] as const) : [])]
}
