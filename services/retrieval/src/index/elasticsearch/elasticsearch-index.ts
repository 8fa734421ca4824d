import { Client, errors } from '@elastic/elasticsearch'
import { queryTerms } from '../../words/query-terms.ts'
import { termsOfRow } from '../../words/row-terms.ts'
import { impactsOf } from '../ranking.ts'
import {
  coversNothing,
  foldedAuthor,
  type IndexAnswer,
  IndexMissing,
  type IndexQuery,
  type IndexRow,
  IndexUnavailable,
  type RowAccess,
  rowIdOf,
  type SearchIndex,
} from '../search-index.ts'
import { indexDefinition, indexName } from './index-definition.ts'
import { findStrictly } from './find-strictly.ts'
import { vectorSearch, wordsSearch } from './query.ts'
import { hitsOf, searchRows, type Transport } from './search-rows.ts'

export type ElasticsearchOptions = {
  url: string
  apiKey?: string | undefined
  /** Before every index and alias name, such as `tessera`. */
  prefix: string
}

/** What goes into one `_bulk` request at most: Elasticsearch does best with a few megabytes. */
const bulkLimit = { operations: 1000, characters: 4_000_000 }
const writeTimeoutMs = 30_000
const searchTimeoutMs = 5000

/** `SearchIndex` on Elasticsearch 9, through what a cut-down server and a full cluster both have (no scripts, no by-query writes, no paid retrievers). */
export function createElasticsearchIndex({ url, apiKey, prefix }: ElasticsearchOptions): SearchIndex {
  const client = new Client({
    node: url,
    ...(apiKey ? { auth: { apiKey } } : {}),
    maxRetries: 1,
    requestTimeout: writeTimeoutMs,
  })
  const aliasOf = (workspaceId: string) => `${prefix}-${workspaceId}`
  return {
    capabilities: { vectorGraph: true, cancels: true },
    ensure: (workspaceId, embeddingModel) => guarded(() => ensure(client, aliasOf(workspaceId), embeddingModel)),
    async put(workspaceId, rows) {
      const refused = await guarded(() => bulk(client, aliasOf(workspaceId), rows.map(putOperation)))
      return refused.map(({ id, status, reason }) => {
        if (status === 404) throw new IndexMissing(reason)
        return { rowId: id, reason }
      })
    },
    async updateAccess(workspaceId, updates) {
      const operations = updates.flatMap(({ rowIds, access }) => rowIds.map((id) => updateOperation(id, access)))
      const refused = await guarded(() => bulk(client, aliasOf(workspaceId), operations))
      return refused.map(({ id, status, type, reason }) => {
        if (status === 404 && type === 'document_missing_exception') return id
        throw status === 404 ? new IndexMissing(reason) : new IndexUnavailable(reason)
      })
    },
    async remove(workspaceId, rowIds) {
      const operations = rowIds.map((id) => [{ delete: { _id: id, require_alias: true } }])
      for (const { reason, status } of await guarded(() => bulk(client, aliasOf(workspaceId), operations))) {
        throw status === 404 ? new IndexMissing(reason) : new IndexUnavailable(reason)
      }
    },
    async refresh(workspaceId) {
      await guarded(() => client.indices.refresh({ index: aliasOf(workspaceId) }))
    },
    find: (workspaceId, query, options = {}) =>
      guarded(() => find(client, aliasOf(workspaceId), query, { timeoutMs: searchTimeoutMs, ...options })),
    answers: () =>
      client.cluster.health({ timeout: '1s' }, { requestTimeout: 2000, maxRetries: 0 }).then(
        ({ status }) => status !== 'red',
        () => false,
      ),
    close: () => client.close(),
  }
}

/** Every failure of the server or the way to it is an outage to the caller; a request that it calls wrong is a bug of ours. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof errors.ElasticsearchClientError)) throw error
    if (error instanceof errors.ResponseError) {
      const type = (error.body as { error?: { type?: string } } | undefined)?.error?.type
      if (type === 'index_not_found_exception') throw new IndexMissing(error.message, { cause: error })
      if (error.statusCode === 400) throw error
    }
    throw new IndexUnavailable(error.message, { cause: error })
  }
}

async function ensure(client: Client, alias: string, embeddingModel: string | undefined) {
  const index = indexName(alias, embeddingModel)
  const behind = await client.indices.getAlias({ name: alias }, { ignore: [404] })
  const current = 'error' in behind ? [] : Object.keys(behind)
  if (current.includes(index)) return { created: false }
  try {
    await client.indices.create({ index, ...indexDefinition })
  } catch (error) {
    // Another replica was faster, and has put the alias in front or is about to; doing it twice changes nothing.
    if (!(error instanceof errors.ResponseError && error.message.includes('resource_already_exists'))) throw error
  }
  await client.indices.updateAliases({
    actions: [
      ...current.map((old) => ({ remove_index: { index: old } })),
      { add: { index, alias, is_write_index: true } },
    ],
  })
  return { created: true }
}

type Refused = { id: string; status: number; type: string; reason: string }

/** The texts themselves stay in the registry. */
function putOperation({ title, headings, text, authors, vector, ...row }: IndexRow) {
  const terms = termsOfRow({ title, headings, text })
  const found = { ...row, authors: authors.map(foldedAuthor), terms: terms.join(' '), impacts: impactsOf(terms) }
  return [
    { index: { _id: rowIdOf(row), require_alias: true } },
    vector ? { ...found, vector: Array.from(vector) } : found,
  ]
}

const updateOperation = (id: string, access: RowAccess) => [
  { update: { _id: id, require_alias: true, retry_on_conflict: 3 } },
  { doc: access },
]

/** Writes in requests of bounded size, one after the other. Overload throws, so that the caller backs off and does it again. */
async function bulk(client: Client, alias: string, operations: readonly object[][]): Promise<Refused[]> {
  const refused: Refused[] = []
  for (const lines of requests(operations)) {
    const answer = await client.bulk({ index: alias, operations: lines as never[] })
    if (!answer.errors) continue
    for (const item of answer.items) {
      const outcome = item.index ?? item.update ?? item.delete
      if (!outcome?.error) continue
      const reason = outcome.error.reason ?? outcome.error.type
      if (outcome.status === 429 || outcome.status >= 500) throw new IndexUnavailable(reason)
      refused.push({ id: outcome._id ?? '', status: outcome.status, type: outcome.error.type, reason })
    }
  }
  return refused
}

/** NDJSON lines, already serialised: their length is what is bounded. */
function* requests(operations: readonly object[][]): Generator<string[]> {
  let lines: string[] = []
  let count = 0
  let characters = 0
  for (const operation of operations) {
    const texts = operation.map((line) => JSON.stringify(line))
    const length = texts.reduce((sum, text) => sum + text.length, 0)
    if (count > 0 && (count >= bulkLimit.operations || characters + length > bulkLimit.characters)) {
      yield lines
      ;[lines, count, characters] = [[], 0, 0]
    }
    lines.push(...texts)
    count++
    characters += length
  }
  if (count > 0) yield lines
}

async function find(
  client: Client,
  alias: string,
  query: IndexQuery,
  { signal, timeoutMs }: { signal?: AbortSignal; timeoutMs: number },
): Promise<IndexAnswer> {
  const asked = queryTerms(query.words ?? '')
  const hasWords = asked.terms.length > 0
  if (coversNothing(query) || !(hasWords || query.vector)) return { byWords: [], byVector: [] }
  const transport: Transport = { requestTimeout: timeoutMs, ...(signal ? { signal } : {}) }
  if (query.strict) return findStrictly(client, alias, query, asked, transport)
  const searches = [
    ...(hasWords ? [wordsSearch(query, asked)] : []),
    ...(query.vector ? [vectorSearch(query, asked, query.vector)] : []),
  ]
  const lists = (await searchRows(client, alias, searches, transport)).map(hitsOf)
  return {
    byWords: hasWords ? (lists[0] ?? []) : [],
    byVector: query.vector ? (lists.at(-1) ?? []) : [],
  }
}
