import { ownPostgres } from '@tessera/testkit/own-postgres'
import type { TestScope } from '@tessera/testkit/test-scope'
import { installation } from './installation.ts'
import { measureCranfield } from './retrieval/cranfield.ts'
import { withVectors } from './retrieval/embeddings.ts'
import { measureHandbook } from './retrieval/handbook.ts'
import { measureHidden } from './retrieval/hidden.ts'
import { measureLatency } from './retrieval/latency.ts'
import { handbookPages, loadPages, untilIndexed } from './retrieval/load.ts'
import { joinBus } from './retrieval/players.ts'
import { groupName, groupsOfPages, importReaders } from './retrieval/readers.ts'
import { withClient } from './with-client.ts'

/**
 * How well and how fast search finds, beside plain Elasticsearch. `TESSERA_DATA`: a folder with retrieval/cranfield, which may not be redistributed. `EMBEDDINGS_URL`: a server
 * with `POST /embeddings`, as `http://127.0.0.1:8199/v1`.
 */
export async function benchRetrieval(t: TestScope, { quick }: { quick: boolean }): Promise<string> {
  const { TESSERA_DATA: data, EMBEDDINGS_URL: embeddingsUrl } = process.env
  return [
    await measureWords(t, quick ? 60 : 300),
    embeddingsUrl === undefined
      ? 'Vectors: left out. Set EMBEDDINGS_URL to a server with POST /embeddings.'
      : await measureVectors(t, embeddingsUrl),
    data === undefined
      ? 'Cranfield: left out. Set TESSERA_DATA to a folder with retrieval/cranfield.'
      : await measureCranfield(t, data, embeddingsUrl),
  ].join('\n\n')
}

async function measureWords(t: TestScope, rounds: number): Promise<string> {
  const postgres = await ownPostgres(t, { durable: true })
  const at = await installation(t, { databaseServerUrl: postgres.url })
  const readers = await importReaders(at, [50, 1000, 10_000])
  const pages = handbookPages().map((page, index) => ({
    ...page,
    allow: ['workspace:members', ...[0, 7, 19].map((step) => groupName((index * 3 + step) % groupsOfPages))],
  }))
  await loadPages(at, pages)
  await untilIndexed(at)
  // What autovacuum does within minutes of such an import.
  await withClient(at.cluster.databaseUrl, (client) => client.query('vacuum (analyze)'))
  const players = await joinBus(t, at)
  const [reader = ''] = readers.values()
  return [
    await measureHandbook(at, `handbook, ${pages.length} pages, words alone`),
    await measureLatency(t, at, players, { readers, rounds }),
    await measureHidden(at, players, { reader, pages, rounds }),
  ].join('\n\n')
}

async function measureVectors(t: TestScope, embeddingsUrl: string): Promise<string> {
  const postgres = await ownPostgres(t, { durable: true })
  const { environment } = await withVectors(t, embeddingsUrl)
  const at = await installation(t, { databaseServerUrl: postgres.url, environment })
  const pages = handbookPages()
  await loadPages(at, pages)
  await untilIndexed(at)
  return measureHandbook(at, `handbook, ${pages.length} pages, words and vectors`)
}
