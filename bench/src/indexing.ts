import { ownPostgres } from '@tessera/testkit/own-postgres'
import type { TestScope } from '@tessera/testkit/test-scope'
import { handbookDocuments } from './documents.ts'
import { median, table, timed } from './figures.ts'
import { measureMillion } from './indexing/million.ts'
import { bulkAgain } from './indexing/raw-bulk.ts'
import { indexAll, reindex, statusOf } from './indexing/upkeep.ts'
import { type Memory, watchMemory } from './indexing/watch-memory.ts'
import { installation } from './installation.ts'
import { elasticAt } from './retrieval/elastic.ts'
import { loadPages, untilIndexed } from './retrieval/load.ts'
import { withClient } from './with-client.ts'

/** Some 100,000 passages of the handbook, over and over. */
const documents = { quick: 930, full: 9300 }

/** How fast passages get from the registry into the index, beside plain `_bulk` of the same rows, and the memory that retrieval takes for it. */
export async function benchIndexing(
  t: TestScope,
  { quick, million }: { quick: boolean; million?: boolean },
): Promise<string> {
  const measured = await measureIndexing(t, quick ? documents.quick : documents.full)
  return million ? `${measured}\n\n${await measureMillion(t, quick ? 20_000 : 1_000_000)}` : measured
}

async function measureIndexing(t: TestScope, count: number): Promise<string> {
  const postgres = await ownPostgres(t, { durable: true })
  const at = await installation(t, { databaseServerUrl: postgres.url })
  const elastic = elasticAt(at.cluster.elasticsearch.url)
  const pid = at.cluster.services.retrieval.pid()
  const measure = (work: () => Promise<unknown>) => watchMemory(pid, async () => (await timed(work)).ms)
  const pushed = await measure(async () => {
    await loadPages(at, handbookDocuments(count))
    await untilIndexed(at)
  })
  // What autovacuum does within minutes of such a push.
  await withClient(at.cluster.databaseUrl, (client) => client.query('vacuum (analyze)'))
  const { passages, index } = await statusOf(at)
  if (index?.rows !== passages) throw new Error(`${index?.rows} rows of ${passages} passages`)
  const floors: number[] = []
  const floor = async () =>
    void floors.push((await bulkAgain(elastic, await elastic.indexOf(at.cluster.elasticsearch.prefix))).ms)
  await floor()
  const remade = await measure(() => reindex(at))
  await floor()
  const rows = await measure(() => indexAll(at, 'rows'))
  await floor()
  const access = await measure(() => indexAll(at, 'access'))
  const rate = (ms: number) => (passages / ms) * 1000
  const ofFloor = (ms: number) => `${(median(floors) / ms).toFixed(2)} ×`
  const line = (what: string, { value: ms, memory }: { value: number; memory: Memory }) => [
    ...[what, ms / 1000, rate(ms), ofFloor(ms)],
    ...[memory.before, memory.most, (memory.growth / passages) * 100_000],
  ]
  return [
    `${count} documents, ${passages} passages. Memory: resident, of the process of retrieval.`,
    table(
      ['what', 'seconds', 'passages per second', 'of plain _bulk', 'MB before', 'MB at most', 'MB more per 100,000'],
      [
        line('a new index from the registry, until it has taken its place', remade),
        line('all documents put anew by the workers', rows),
        line('the access of all rows, no text', access),
        line('PUT of all documents, 8 at once, to searchable', pushed),
        [
          `plain _bulk of the same rows, median of ${floors.length}`,
          median(floors) / 1000,
          rate(median(floors)),
          '1 ×',
          '',
          '',
          '',
        ],
      ],
    ),
  ].join('\n\n')
}
