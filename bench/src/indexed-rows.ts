import type { Cluster } from '@tessera/testkit/cluster'

/** The index that a cluster's documents are in, asked and filled without Tessera: the floor of search and of ingestion. */
export type IndexedRows = {
  count: number
  /** The ten best rows of a plain BM25 query. */
  search(query: string): Promise<void>
  /** Writes all rows into a new index of the same mapping by plain `_bulk` of 500, refreshes it, and removes it. Milliseconds to searchable. */
  bulk(): Promise<number>
}

type Hit = { _id: string; _source: Record<string, unknown> }

export async function indexedRows({ elasticsearch }: Pick<Cluster, 'elasticsearch'>): Promise<IndexedRows> {
  const send = async <T>(method: string, path: string, body?: string): Promise<T> => {
    const response = await fetch(`${elasticsearch.url}/${path}`, {
      method,
      headers: { 'content-type': path.endsWith('_bulk') ? 'application/x-ndjson' : 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return JSON.parse(text) as T
  }
  const pattern = `${elasticsearch.prefix}*`
  await send('POST', `${pattern}/_refresh`)
  const definitions = await send<
    Record<string, { mappings: unknown; settings: { index: { analysis?: unknown; number_of_shards: string } } }>
  >('GET', pattern)
  const [definition] = Object.values(definitions)
  if (!definition) throw new Error('There is no index to measure')
  const { hits } = await send<{ hits: { hits: Hit[] } }>('POST', `${pattern}/_search`, JSON.stringify({ size: 10_000 }))
  const rows = hits.hits
  return {
    count: rows.length,
    async search(query) {
      const fields = ['title', 'headings', 'text']
      await send('POST', `${pattern}/_search`, JSON.stringify({ size: 10, query: { multi_match: { query, fields } } }))
    },
    async bulk() {
      const name = `${elasticsearch.prefix}-floor`
      const { analysis, number_of_shards } = definition.settings.index
      await send(
        'PUT',
        name,
        JSON.stringify({
          mappings: definition.mappings,
          settings: { number_of_shards, number_of_replicas: 0, analysis },
        }),
      )
      const start = performance.now()
      for (let from = 0; from < rows.length; from += 500) {
        const lines = rows
          .slice(from, from + 500)
          .flatMap((row) => [JSON.stringify({ index: { _id: row._id } }), JSON.stringify(row._source)])
        await send('POST', `${name}/_bulk`, `${lines.join('\n')}\n`)
      }
      await send('POST', `${name}/_refresh`)
      const ms = performance.now() - start
      await send('DELETE', name)
      return ms
    },
  }
}
