import { createHash } from 'node:crypto'
import type { estypes } from '@elastic/elasticsearch'
import { bm25 } from '../ranking.ts'

/** Raise it with every change below: each process then makes a new index beside the old one, and the worker fills it from the registry. */
const definitionVersion = 3

/** The versioned name behind the alias. Vectors of two models cannot be compared, so the model is part of it. */
export function indexName(alias: string, embeddingModel: string | undefined): string {
  if (embeddingModel === undefined) return `${alias}-v${definitionVersion}`
  return `${alias}-v${definitionVersion}-${createHash('sha256').update(embeddingModel).digest('hex').slice(0, 8)}`
}

// Names are compared, never sorted or counted: no doc values. What a hit carries is read from doc values, so no source is loaded.
const compared = { type: 'keyword', doc_values: false } as const
const carried = { type: 'keyword', index: false } as const

export const indexDefinition: Pick<estypes.IndicesCreateRequest, 'settings' | 'mappings'> = {
  settings: {
    number_of_shards: 1,
    auto_expand_replicas: '0-1',
    // The worker refreshes after each batch; this only bounds what a crash between the two leaves unseen.
    refresh_interval: '5s',
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
