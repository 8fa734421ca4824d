import { ownPostgres } from '@tessera/testkit/own-postgres'
import type { TestScope } from '@tessera/testkit/test-scope'
import { timed } from '../figures.ts'
import { installation } from '../installation.ts'
import { elasticAt } from '../retrieval/elastic.ts'
import { measureLatency } from '../retrieval/latency.ts'
import { loadPages, untilIndexed } from '../retrieval/load.ts'
import { joinBus } from '../retrieval/players.ts'
import { groupName, groupsOfPages, importReaders } from '../retrieval/readers.ts'
import { withClient } from '../with-client.ts'
import { shuffledDocuments } from './sentences.ts'
import { statusOf } from './upkeep.ts'
import { watchMemory } from './watch-memory.ts'

const passagesEach = 100
const rounds = 200

type NodeStats = { nodes: Record<string, { jvm: { mem: { heap_used_in_bytes: number; heap_max_in_bytes: number } } }> }
type IndexStats = { _all: { primaries: { store: { size_in_bytes: number }; docs: { count: number } } } }

/** A large index of passages that were pushed like any others: what a search takes beside the bare query, and what it all takes of heap and disk. */
export async function measureMillion(t: TestScope, passages: number): Promise<string> {
  const postgres = await ownPostgres(t, { durable: true })
  const at = await installation(t, { databaseServerUrl: postgres.url })
  const readers = await importReaders(at, [50])
  const pages = shuffledDocuments(passages / passagesEach, passagesEach).map((page, index) => ({
    ...page,
    allow: [0, 7, 19].map((step) => groupName((index * 3 + step) % groupsOfPages)),
  }))
  const { value: loadMs, memory } = await watchMemory(at.cluster.services.retrieval.pid(), async () => {
    const { ms } = await timed(async () => {
      await loadPages(at, pages)
      await untilIndexed(at)
    })
    return ms
  })
  await withClient(at.cluster.databaseUrl, (client) => client.query('vacuum (analyze)'))
  const status = await statusOf(at)
  const latency = await measureLatency(t, at, await joinBus(t, at), {
    readers,
    rounds,
    target: { said: '1.5 × the bare query + 5 ms', of: ({ bare }) => 1.5 * bare + 5 },
  })
  const elastic = elasticAt(at.cluster.elasticsearch.url)
  const index = await elastic.indexOf(at.cluster.elasticsearch.prefix)
  const [{ _all: all }, { nodes }] = await Promise.all([
    elastic.send<IndexStats>('GET', `${index}/_stats/store,docs`),
    elastic.send<NodeStats>('GET', '_nodes/stats/jvm'),
  ])
  const [node] = Object.values(nodes)
  const mb = (bytes: number | undefined) => `${((bytes ?? 0) / 2 ** 20).toFixed(0)} MB`
  const disk = await withClient(at.cluster.databaseUrl, async (client) => {
    const { rows } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes')
    return Number(rows[0]?.bytes)
  })
  return [
    `${status.index?.rows} rows of ${status.passages} passages, pushed and indexed in ${(loadMs / 1000).toFixed(0)} s (${((status.passages / loadMs) * 1000).toFixed(0)} a second); retrieval: ${memory.before.toFixed(0)} MB before, ${memory.most.toFixed(0)} MB at most, ${((memory.growth / status.passages) * 100_000).toFixed(1)} MB more per 100,000.`,
    `Elasticsearch: ${mb(all.primaries.store.size_in_bytes)} on disk, heap ${mb(node?.jvm.mem.heap_used_in_bytes)} of ${mb(node?.jvm.mem.heap_max_in_bytes)} in use. PostgreSQL: ${mb(disk)}.`,
    latency,
  ].join('\n\n')
}
