import type { Static } from 'typebox'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { HowSearched, PlaceInRanking } from '@tessera/shared/contracts/retrieval/search'
import { breaksGlass } from '../index/search-index.ts'
import { phrasesOf } from '../words/phrases.ts'
import { queryTerms } from '../words/query-terms.ts'
import type { Reranked } from './rerank.ts'

/** For admins and auditors: what the index was asked, by how much of the reader's rights. Of names and pairs only their number: they are told by `explain`, one decision at a time. */
export function howSearched(
  query: string,
  filter: ReaderFilter,
  { embeddingModel, rerankModel }: { embeddingModel: string | undefined; rerankModel: string | undefined },
): Static<typeof HowSearched> {
  return {
    strict: filter.strictRanking ?? false,
    terms: [...queryTerms(query).terms],
    phrases: phrasesOf(query),
    ...(embeddingModel === undefined ? {} : { embeddingModel }),
    ...(rerankModel === undefined ? {} : { rerankModel }),
    filter: {
      names: filter.names.map(({ length }) => length),
      pairs: filter.pairs.length,
      agents: filter.agents,
      exceptDocuments: filter.exceptDocumentIds.length,
      breakGlass: breaksGlass(filter),
      revision: filter.revision,
    },
  }
}

export const placeOf = ({ score, byWords, byVector, byReranking }: Reranked): PlaceInRanking => ({
  score,
  ...(byWords && { byWords }),
  ...(byVector && { byVector }),
  ...(byReranking && { byReranking }),
})
