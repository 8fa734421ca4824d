import { handbookQuestions } from './queries.ts'
import { type IndexQuery } from '@tessera/retrieval/index/search-index'
import { wordsSearch } from '@tessera/retrieval/index/elasticsearch/query'
import { queryTerms } from '@tessera/retrieval/words/query-terms'
import type { TestScope } from '@tessera/testkit/test-scope'
import { bareNats } from '../bare-nats.ts'
import { median, percentile, table, timed } from '../figures.ts'
import type { BenchInstallation } from '../installation.ts'
import { commitMs } from '../with-client.ts'
import { elasticAt } from './elastic.ts'
import { type Players, value } from './players.ts'

/** As many rows as a search for ten passages takes out of the index. */
const pool = 50
const limit = 10

type Measured = {
  readers: ReadonlyMap<number, string>
  rounds: number
  target?: { said: string; of: (p50: { bare: number; commit: number }) => number }
}

const besideOneCommit = {
  said: '1.5 × the bare query + 2 ms + a commit',
  of: ({ bare, commit }: { bare: number; commit: number }) => 1.5 * bare + 2 + commit,
}

/** What a search takes through NATS with filter, check and log, beside the bare query; and what a filter by many names costs the query. */
export async function measureLatency(
  t: TestScope,
  at: BenchInstallation,
  players: Players,
  { readers, rounds, target = besideOneCommit }: Measured,
): Promise<string> {
  const elastic = elasticAt(at.cluster.elasticsearch.url)
  const index = await elastic.indexOf(at.cluster.elasticsearch.prefix)
  const nats = await bareNats(t)
  const [[, usual] = [0, '']] = readers
  const filters = new Map<number, IndexQuery['filter']>()
  for (const [count, reader] of readers) {
    filters.set(count, value(await players.access.readerFilter({}, players.callFor(reader))))
  }
  const searchOf = (words: string, filter: IndexQuery['filter'] | undefined) => {
    const asked = queryTerms(words)
    const search = wordsSearch({ words, limit: pool, filter: filter ?? noFilter }, asked)
    return filter ? search : { ...search, query: { match: { terms: asked.terms.join(' ') } } }
  }
  const bare = (words: string, filter?: IndexQuery['filter']) =>
    elastic.send('POST', `${index}/_search`, searchOf(words, filter))
  const product = async (words: string, reader: string) =>
    value(await players.retrieval.search({ query: words, limit }, players.callFor(reader)))

  const samples = new Map<string, number[]>()
  const take = async (name: string, work: () => Promise<unknown>) => {
    const { ms } = await timed(work)
    samples.set(name, [...(samples.get(name) ?? []), ms])
  }
  for (const query of handbookQuestions(40)) {
    await bare(query)
    for (const reader of readers.values()) await product(query, reader)
  }
  samples.clear()
  const lastHits = new Map<string, Parameters<Players['access']['checkPassages']>[0]>()
  for (const query of handbookQuestions(rounds)) {
    await take('bare', () => bare(query))
    await take('nats', nats)
    for (const [count, reader] of readers) await take(`search ${count}`, () => product(query, reader))
    await take('filter call', async () => value(await players.access.readerFilter({}, players.callFor(usual))))
    const found = await product(query, usual)
    lastHits.set('check', {
      operation: 'search',
      candidates: found.passages.map(({ passageId, documentId, contentVersion, view, hash }) => ({
        ...{ passageId, documentId, contentVersion, view, hash },
      })),
    })
    await take('check call', async () => {
      const input = lastHits.get('check')
      if (input) value(await players.access.checkPassages(input, players.callFor(usual)))
    })
    for (const [count, filter] of filters) await take(`filtered ${count}`, () => bare(query, filter))
  }
  const commits = await commitMs(at.cluster.databaseUrl, rounds)
  const p50 = (name: string) => median(samples.get(name) ?? [])
  const shown = (name: string) => {
    const sample = samples.get(name) ?? []
    return [median(sample), percentile(sample, 0.9), percentile(sample, 0.99)]
  }
  const allowed = target.of({ bare: p50('bare'), commit: median(commits) })
  const [firstCount = 0] = readers.keys()
  return [
    table(
      ['milliseconds', 'p50', 'p90', 'p99'],
      [
        ...[...readers.keys()].map((count) => [`search through NATS, ${count} names`, ...shown(`search ${count}`)]),
        ['– the bare query beside it, no filter, 50 rows', ...shown('bare')],
        ...[...readers.keys()].map((count) => [
          `– the query with the filter of ${count} names`,
          ...shown(`filtered ${count}`),
        ]),
        ['– the call of the filter, by itself', ...shown('filter call')],
        ['– the call of the check of 10 with its log, by itself', ...shown('check call')],
        ['– one bare NATS request between two processes', ...shown('nats')],
        ['– one durable commit', median(commits), percentile(commits, 0.9), percentile(commits, 0.99)],
      ],
    ),
    `Search through NATS, ${firstCount} names: ${p50(`search ${firstCount}`).toFixed(1)} ms; ${target.said}: ${allowed.toFixed(1)} ms.`,
    `Filter beside no filter: ${[...readers.keys()].map((count) => `${count} names ${(p50(`filtered ${count}`) / p50('bare')).toFixed(2)} ×`).join(', ')}.`,
  ].join('\n\n')
}

const noFilter: IndexQuery['filter'] = {
  ...{ names: [], pairs: [], agents: [], scopes: [], exceptDocumentIds: [], revision: 0 },
  breakGlass: { documentIds: [], spaces: [], pairs: [] },
}
