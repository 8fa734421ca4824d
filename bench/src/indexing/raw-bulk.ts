import { timed } from '../figures.ts'
import type { Elastic } from '../retrieval/elastic.ts'

type Row = { _id: string; _source: object; sort: unknown[] }
type Page = { hits: { hits: Row[] } }
type Definition = { mappings: object; settings: { index: { number_of_shards: string; similarity?: object } } }

const rowsPerRequest = 1000

/**
 * Writes all rows of an index into a new one of the same mapping by plain `_bulk`, one request after the other, as fast as it goes: no copies, and one refresh at the end. Reading them
 * is not counted. Milliseconds.
 */
export async function bulkAgain(elastic: Elastic, index: string): Promise<{ rows: number; ms: number }> {
  const { [index]: definition } = await elastic.send<Record<string, Definition>>('GET', index)
  if (!definition) throw new Error(`There is no index ${index}`)
  const { number_of_shards, similarity } = definition.settings.index
  const floor = `${index}-floor`
  await elastic.send('PUT', floor, {
    mappings: definition.mappings,
    settings: { number_of_shards, similarity, number_of_replicas: 0, refresh_interval: '-1' },
  })
  try {
    let rows = 0
    let ms = 0
    for await (const page of pagesOf(elastic, index)) {
      const lines = page.flatMap(({ _id, _source }) => [{ index: { _id } }, _source])
      const sent = await timed(() => elastic.send<{ errors: boolean }>('POST', `${floor}/_bulk`, lines))
      if (sent.value.errors) throw new Error('Plain _bulk refused rows')
      rows += page.length
      ms += sent.ms
    }
    return { rows, ms: ms + (await timed(() => elastic.send('POST', `${floor}/_refresh`))).ms }
  } finally {
    await elastic.remove(floor)
  }
}

async function* pagesOf(elastic: Elastic, index: string): AsyncGenerator<Row[]> {
  const { id } = await elastic.send<{ id: string }>('POST', `${index}/_pit?keep_alive=5m`)
  let after: unknown[] | undefined
  for (;;) {
    const { hits } = await elastic.send<Page>('POST', '_search', {
      pit: { id, keep_alive: '5m' },
      size: rowsPerRequest,
      sort: ['_shard_doc'],
      track_total_hits: false,
      ...(after ? { search_after: after } : {}),
    })
    if (hits.hits.length === 0) break
    yield hits.hits
    after = hits.hits.at(-1)?.sort
  }
  await elastic.send('DELETE', '_pit', { id })
}
