import { Client, errors, type estypes } from '@elastic/elasticsearch'
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
  type Which,
} from '../search-index.ts'
import { findStrictly } from './find-strictly.ts'
import { definitionVersion } from './index-definition.ts'
import { aliasOf, dropNext, look, make, promote, sweep } from './indexes.ts'
import { listRows } from './list-rows.ts'
import { vectorSearch, wordsSearch } from './query.ts'
import { failureOf, hitsOf, indexOf, isClosed, searchRows, type Transport } from './search-rows.ts'
import { writeRows } from './write-rows.ts'

export type ElasticsearchOptions = {
  url: string
  apiKey?: string | undefined
  /** Before every index and alias name, such as `tessera`. */
  prefix: string
  /** How long rows that an overloaded server has no room for are sent again. */
  patienceMs?: number
}

const writeTimeoutMs = 30_000
const searchTimeoutMs = 5000

/** `SearchIndex` on Elasticsearch 9, through what a cut-down server and a full cluster both have (no scripts, no by-query writes, no paid retrievers). */
export function createElasticsearchIndex({
  url,
  apiKey,
  prefix,
  patienceMs = 15_000,
}: ElasticsearchOptions): SearchIndex {
  const client = new Client({
    node: url,
    ...(apiKey ? { auth: { apiKey } } : {}),
    maxRetries: 1,
    requestTimeout: writeTimeoutMs,
  })
  const writer = { client, patienceMs }
  const alias = (workspaceId: string, which?: Which) => aliasOf(prefix, workspaceId, which)
  const at = (workspaceId: string) => ({ client, prefix, workspaceId })
  return {
    capabilities: { vectorGraph: true, cancels: true },
    definitionVersion,
    look: (workspaceId) => guarded(() => look(at(workspaceId))),
    make: (workspaceId, which, embeddingModel) => guarded(() => make(at(workspaceId), which, embeddingModel)),
    promote: (workspaceId) => guarded(() => promote(at(workspaceId))),
    dropNext: (workspaceId) => guarded(() => dropNext(at(workspaceId))),
    sweep: (workspaceId) => guarded(() => sweep(at(workspaceId))),
    async put(workspaceId, rows, which) {
      const refused = await guarded(() => writeRows(writer, alias(workspaceId, which), rows.values().map(putOperation)))
      return refused.map(({ id, status, reason }) => {
        if (status === 404) throw new IndexMissing(reason)
        return { rowId: id, reason }
      })
    },
    async updateAccess(workspaceId, updates) {
      const operations = updates
        .values()
        .flatMap(({ rowIds, access }) => rowIds.map((id) => updateOperation(id, access)))
      const refused = await guarded(() => writeRows(writer, alias(workspaceId), operations))
      return refused.map(({ id, status, type, reason }) => {
        if (status === 404 && type === 'document_missing_exception') return id
        throw status === 404 ? new IndexMissing(reason) : new IndexUnavailable(reason)
      })
    },
    async remove(workspaceId, rowIds, which) {
      const operations = rowIds.values().map((id) => [{ delete: { _id: id, require_alias: true } }])
      const [refused] = await guarded(() => writeRows(writer, alias(workspaceId, which), operations))
      if (refused)
        throw refused.status === 404 ? new IndexMissing(refused.reason) : new IndexUnavailable(refused.reason)
    },
    async refresh(workspaceId, which) {
      await guarded(() => client.indices.refresh({ index: alias(workspaceId, which) }))
    },
    find: (workspaceId, query, options = {}) =>
      guarded(() => find(client, alias(workspaceId), query, { timeoutMs: searchTimeoutMs, ...options })),
    count: (workspaceId, which) =>
      guarded(async () => (await client.count({ index: alias(workspaceId, which) })).count),
    async *list(workspaceId, which, documentIds) {
      const pages = listRows(client, alias(workspaceId, which), documentIds)
      for (;;) {
        const page = await guarded(() => pages.next())
        if (page.done) return
        yield page.value
      }
    },
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
    const said =
      error instanceof errors.ResponseError ? (error.body as { error?: estypes.ErrorCause }).error : undefined
    const failure = said && typeof said === 'object' ? failureOf(said, error) : undefined
    // What it calls wrong is a bug of ours, unless we know what it means.
    const isWrong = error instanceof errors.ResponseError && error.statusCode === 400 && !isClosed(said?.type ?? '')
    if (isWrong && (!failure || failure instanceof IndexUnavailable)) throw error
    throw failure ?? new IndexUnavailable(error.message, { cause: error })
  }
}

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
  const answers = await searchRows(client, alias, searches, transport)
  const lists = answers.map(hitsOf)
  return {
    ...indexOf(answers),
    byWords: hasWords ? (lists[0] ?? []) : [],
    byVector: query.vector ? (lists.at(-1) ?? []) : [],
  }
}
