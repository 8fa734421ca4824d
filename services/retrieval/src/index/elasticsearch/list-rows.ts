import type { Client, estypes } from '@elastic/elasticsearch'
import { type KnownRow, rowIdOf, type RowAccess, type RowView } from '../search-index.ts'

const pageSize = 2000
const keepAlive = '2m'
/** In one clause. */
const maxDocuments = 1000

const carried = ['documentId', 'passageId', 'view', 'contentVersion', 'hash']
const access = ['allow', 'deny', 'denyAgents', 'pairs', 'space', 'revision']
const sort: estypes.Sort = [{ documentId: 'asc' }, { passageId: 'asc' }, { view: 'asc' }]

/** Rows by document, passage and view, as they stood when the first page was asked for. */
export async function* listRows(
  client: Client,
  alias: string,
  documentIds?: readonly string[],
): AsyncGenerator<readonly KnownRow[]> {
  const chunks = documentIds === undefined ? [undefined] : chunksOf(documentIds.toSorted(), maxDocuments)
  const { id } = await client.openPointInTime({ index: alias, keep_alive: keepAlive })
  try {
    for (const chunk of chunks) yield* pages(client, id, chunk)
  } finally {
    await client.closePointInTime({ id }).catch(() => undefined)
  }
}

async function* pages(client: Client, id: string, documentIds: readonly string[] | undefined) {
  let after: estypes.SortResults | undefined
  for (;;) {
    const { hits, timed_out } = await client.search({
      pit: { id, keep_alive: keepAlive },
      size: pageSize,
      sort,
      track_total_hits: false,
      allow_partial_search_results: false,
      _source: access,
      docvalue_fields: carried,
      query: documentIds === undefined ? { match_all: {} } : { terms: { documentId: [...documentIds] } },
      ...(after ? { search_after: after } : {}),
    })
    if (timed_out) throw new Error('Listing rows timed out')
    if (hits.hits.length > 0) yield hits.hits.map(rowOf)
    after = hits.hits.at(-1)?.sort
    if (hits.hits.length < pageSize) return
  }
}

function rowOf({ fields, _source }: estypes.SearchHit): KnownRow {
  const field = (name: string) => (fields?.[name] as string[] | undefined)?.[0] ?? ''
  return {
    ...(_source as RowAccess),
    rowId: rowIdOf({ passageId: field('passageId'), view: field('view') as RowView }),
    documentId: field('documentId'),
    contentVersion: field('contentVersion'),
    hash: field('hash'),
  }
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
