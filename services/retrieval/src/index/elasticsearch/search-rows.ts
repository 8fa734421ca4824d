import type { Client, estypes } from '@elastic/elasticsearch'
import { type IndexHit, IndexMissing, IndexUnavailable, OtherDimensions, type RowView } from '../search-index.ts'

/** What a search is held to. */
export type Transport = { requestTimeout: number; signal?: AbortSignal }

/** A shard that does not answer must not look like a shard without matches. */
const whole = { allow_partial_search_results: false }

type Answer = Pick<estypes.SearchResponse, 'hits' | 'timed_out' | 'aggregations'>

/** Several searches in one request, each with its own answer or all of them failed. */
export async function searchRows(
  client: Client,
  alias: string,
  searches: readonly estypes.SearchRequest[],
  transport: Transport,
): Promise<Answer[]> {
  const [first, ...others] = searches
  if (!first) return []
  if (others.length === 0) return [complete(await client.search({ index: alias, ...whole, ...first }, transport))]
  const { responses } = await client.msearch(
    { searches: searches.flatMap((search) => [{ index: alias, ...whole }, search as never]) },
    transport,
  )
  return responses.map((response) => {
    if (!('error' in response)) return complete(response)
    throw failureOf(response.error)
  })
}

/** The index takes no writes, or nothing at all, until somebody makes room or opens it: that ends, but not soon. */
export const isClosed = (type: string) => type === 'cluster_block_exception' || type === 'index_closed_exception'

/** What the server says went wrong, as what it is to the caller. */
export function failureOf(error: estypes.ErrorCause, cause?: unknown): Error {
  const reasons = [error, ...(error.root_cause ?? [])].map(({ type, reason }) => reason ?? type)
  const said = reasons.join('; ')
  if (error.type === 'index_not_found_exception') return new IndexMissing(said, { cause })
  if (/different (?:number of )?dimension/.test(said)) return new OtherDimensions(said, { cause })
  return new IndexUnavailable(said, { cause })
}

function complete(answer: Answer): Answer {
  if (answer.timed_out) throw new IndexUnavailable('The search timed out')
  return answer
}

/** The index behind the alias, where a hit tells it. */
export function indexOf(answers: readonly Answer[]): { index?: string } {
  const index = answers.flatMap(({ hits }) => hits.hits[0]?._index ?? [])[0]
  return index === undefined ? {} : { index }
}

export function hitsOf({ hits }: Answer): IndexHit[] {
  return hits.hits.map(({ fields, _score, sort: [score, passageId, view] = [] }) => {
    const field = (name: string) => (fields?.[name] as string[] | undefined)?.[0] ?? ''
    const [updatedAtMs] = (fields?.['updatedAtMs'] as number[] | undefined) ?? []
    return {
      passageId: String(passageId),
      documentId: field('documentId'),
      contentVersion: field('contentVersion'),
      view: view as RowView,
      hash: field('hash'),
      ...(updatedAtMs === undefined ? {} : { updatedAtMs }),
      score: Number(_score ?? score ?? 0),
    }
  })
}
