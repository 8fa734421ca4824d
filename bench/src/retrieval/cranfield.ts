import { join } from 'node:path'
import type { TestScope } from '@tessera/testkit/test-scope'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import { inParallel, table } from '../figures.ts'
import { type BenchInstallation, installation } from '../installation.ts'
import { type Collection, mean, ndcgAt10, type Part, readCollection, type Run } from './collection.ts'
import { type Elastic, elasticAt, type Hits } from './elastic.ts'
import { withVectors } from './embeddings.ts'
import { withClient } from '../with-client.ts'
import { pairedRandomisation } from './randomisation.ts'
import { loadPages, untilIndexed } from './load.ts'

const parts = ['odd', 'even', 'all'] as const satisfies readonly Part[]
/** How deep each ranking is read. */
const depth = 50

/**
 * Quality on a collection with judgments, through all services: documents by `PUT`, questions by `POST /v1/search`. Settings were tuned on the odd questions; the even ones are
 * the result. Beside it plain Elasticsearch on the same documents.
 */
export async function measureCranfield(t: TestScope, data: string, embeddingsUrl: string | undefined): Promise<string> {
  const collection = readCollection(join(data, 'retrieval/cranfield'))
  if (!collection) return 'Cranfield: left out. TESSERA_DATA has no retrieval/cranfield (corpus, queries, qrels).'
  const runs = new Map<string, Run>()
  const words = await load(t, collection, {})
  const plain = await plainElasticsearch(words.elastic, collection)
  for (const [name, run] of plain) runs.set(name, run)
  runs.set('Tessera, words alone', await ask(words.at, collection))
  await words.at.request('PATCH', '/v1/workspace', { strictRanking: true })
  runs.set('Tessera, words alone, strict', await ask(words.at, collection))
  if (embeddingsUrl !== undefined) await measureVectors(t, collection, embeddingsUrl, runs)
  const rows = [...runs].map(([name, run]) => [
    name,
    ...parts.map((part) => mean(ndcgAt10(collection, run, part)).toFixed(4)),
  ])
  return [
    table(['nDCG@10, Cranfield', 'odd (tuned on)', 'even', 'all'], rows),
    table(['paired randomisation', 'even', 'all'], comparisons(collection, runs)),
  ].join('\n\n')
}

function comparisons(collection: Collection, runs: ReadonlyMap<string, Run>): string[][] {
  const pairs = [
    ['Tessera, words alone', 'Elasticsearch, english, one field'],
    ['Tessera, words alone', 'Elasticsearch, english, most_fields'],
    ['Tessera, words and vectors', 'Tessera, words alone'],
    ['Tessera, words and vectors', 'vectors alone'],
    ['Tessera, words and vectors', 'plain RRF of both'],
    ['Tessera, words and vectors, strict', 'Tessera, words alone, strict'],
  ] as const
  return pairs.flatMap(([a, b]) => {
    const [first, second] = [runs.get(a), runs.get(b)]
    if (!first || !second) return []
    const told = (part: Part) => {
      const [ours, theirs] = [ndcgAt10(collection, first, part), ndcgAt10(collection, second, part)]
      const gain = mean(ours) - mean(theirs)
      return `${gain >= 0 ? '+' : ''}${gain.toFixed(4)}, p = ${pairedRandomisation(ours, theirs).toFixed(4)}`
    }
    return [[`${a} – ${b}`, told('even'), told('all')]]
  })
}

async function measureVectors(t: TestScope, collection: Collection, embeddingsUrl: string, runs: Map<string, Run>) {
  const { environment, vectorOf } = await withVectors(t, embeddingsUrl)
  const { at, elastic } = await load(t, collection, environment)
  const vectors = await nearest(at, elastic, collection, vectorOf)
  runs.set('vectors alone', vectors)
  runs.set('plain RRF of both', reciprocalRanks(collection, [runs.get('Tessera, words alone'), vectors]))
  runs.set('Tessera, words and vectors', await ask(at, collection))
  await at.request('PATCH', '/v1/workspace', { strictRanking: true })
  runs.set('Tessera, words and vectors, strict', await ask(at, collection))
}

async function load(
  t: TestScope,
  { documents }: Collection,
  environment: NonNullable<Parameters<typeof installation>[1]>['environment'],
) {
  const postgres = await ownPostgres(t, { durable: true })
  const at = await installation(t, { databaseServerUrl: postgres.url, ...(environment ? { environment } : {}) })
  // Two documents have no text, and a search needs some.
  const pages = documents.map(({ id, title, text }) => ({ externalId: id, title, text: text === '' ? '-' : text }))
  await loadPages(at, pages, 'text/plain')
  await untilIndexed(at)
  return { at, elastic: elasticAt(at.cluster.elasticsearch.url) }
}

async function ask(at: BenchInstallation, { queries }: Collection): Promise<Run> {
  const run = new Map<string, string[]>()
  await inParallel(queries, 4, async ({ id, text }) => {
    const { passages } = await at.request<{ passages: { externalId?: string }[] }>('POST', '/v1/search', {
      query: text,
      ...{ limit: depth, grouped: true, perDocument: 1 },
    })
    run.set(
      id,
      passages.flatMap(({ externalId }) => externalId ?? []),
    )
  })
  return run
}

/** What an English index of Elasticsearch finds by itself. */
async function plainElasticsearch(elastic: Elastic, { documents, queries }: Collection): Promise<[string, Run][]> {
  const index = `bench-plain-${process.pid}`
  const english = { type: 'text', analyzer: 'english' }
  await elastic.send('PUT', index, {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { properties: { title: english, text: english, both: english } },
  })
  try {
    const lines = documents.flatMap(({ id, title, text }) => [
      { index: { _id: id } },
      { title, text, both: `${title} ${text}` },
    ])
    await elastic.send('POST', `${index}/_bulk`, lines)
    await elastic.send('POST', `${index}/_refresh`)
    const runOf = async (queryOf: (text: string) => object): Promise<Run> => {
      const run = new Map<string, string[]>()
      for (const { id, text } of queries) {
        const { hits } = await elastic.send<Hits>('POST', `${index}/_search`, {
          size: depth,
          _source: false,
          query: queryOf(text),
        })
        run.set(
          id,
          hits.hits.map(({ _id }) => _id),
        )
      }
      return run
    }
    return [
      ['Elasticsearch, english, one field', await runOf((text) => ({ match: { both: text } }))],
      [
        'Elasticsearch, english, most_fields',
        await runOf((query) => ({ multi_match: { query, fields: ['title', 'text'], type: 'most_fields' } })),
      ],
    ]
  } finally {
    await elastic.remove(index)
  }
}

/** The nearest documents by the vectors of their passages, as Elasticsearch finds them in the very index. */
async function nearest(
  at: BenchInstallation,
  elastic: Elastic,
  { queries }: Collection,
  vectorOf: (text: string) => Promise<number[]>,
): Promise<Run> {
  const names = await externalIds(at)
  const index = await elastic.indexOf(at.cluster.elasticsearch.prefix)
  const run = new Map<string, string[]>()
  for (const { id, text } of queries) {
    const query_vector = await vectorOf(text)
    const k = depth * 2
    const { hits } = await elastic.send<Hits>('POST', `${index}/_search`, {
      ...{ size: k, _source: false, docvalue_fields: ['documentId'] },
      knn: { field: 'vector', query_vector, k, num_candidates: k * 4 },
    })
    const found = hits.hits.flatMap(({ fields }) => names.get(fields?.['documentId']?.[0] ?? '') ?? [])
    run.set(id, [...new Set(found)].slice(0, depth))
  }
  return run
}

/** What each document is called by its source. */
async function externalIds(at: BenchInstallation): Promise<Map<string, string>> {
  return withClient(at.cluster.databaseUrl, async (client) => {
    const { rows } = await client.query<{ document_id: string; external_id: string }>(
      'select document_id, external_id from retrieval.documents',
    )
    return new Map(rows.map((row) => [row.document_id, row.external_id]))
  })
}

/** As in its paper: every ranking alike, damped by 60 (Cormack, Clarke and Büttcher, SIGIR 2009). */
function reciprocalRanks({ queries }: Collection, runs: readonly (Run | undefined)[]): Run {
  return new Map(
    queries.map(({ id }) => {
      const scores = new Map<string, number>()
      for (const run of runs) {
        for (const [rank, document] of (run?.get(id) ?? []).entries()) {
          scores.set(document, (scores.get(document) ?? 0) + 1 / (60 + rank + 1))
        }
      }
      return [id, [...scores].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([document]) => document)]
    }),
  )
}
