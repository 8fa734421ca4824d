import type { estypes } from '@elastic/elasticsearch'
import { bm25 } from '../ranking.ts'

/**
 * Raise it with every change below: from then on nobody asks or writes the old indexes, and new ones are made from the registry. A change of what an index need not be asked
 * differently for (a setting, an option) reaches indexes that are there when they are made anew.
 */
export const definitionVersion = 4

// Names are compared, never sorted or counted: no doc values. What a hit carries is read from doc values, so no source is loaded.
const compared = { type: 'keyword', doc_values: false } as const
const carried = { type: 'keyword', index: false } as const

/** The worker refreshes after each batch; the interval only bounds what a crash between the two leaves unseen. */
export const whenSearched = { refresh_interval: '5s', auto_expand_replicas: '0-1' }
/** While it is filled nobody searches it, and a copy of each of its parts would be made twice over. */
export const whenFilled = { refresh_interval: '-1', auto_expand_replicas: 'false', number_of_replicas: 0 }

export const indexDefinition: Pick<estypes.IndicesCreateRequest, 'settings' | 'mappings'> = {
  settings: {
    number_of_shards: 1,
    similarity: { terms: { type: 'BM25', ...bm25 } },
  },
  mappings: {
    dynamic: 'strict',
    properties: {
      passageId: { type: 'keyword' },
      documentId: { type: 'keyword' },
      dataSourceId: compared,
      space: compared,
      contentVersion: carried,
      view: carried,
      hash: carried,
      allow: compared,
      deny: compared,
      denyAgents: compared,
      pairs: compared,
      revision: { type: 'long', index: false },
      authors: compared,
      mediaType: compared,
      updatedAtMs: { type: 'long' },
      // Made by `termsOfRow`, one language like the other, and the same for both adapters; there is nothing left to analyse.
      terms: { type: 'text', analyzer: 'whitespace', similarity: 'terms' },
      impacts: compared,
      // The dimensions are those of the first vector.
      vector: { type: 'dense_vector', similarity: 'cosine', index_options: { type: 'int8_hnsw' } },
    },
  },
}
