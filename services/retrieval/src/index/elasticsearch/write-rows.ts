import type { Client } from '@elastic/elasticsearch'
import { wait } from '@tessera/shared/time/wait'
import { IndexUnavailable } from '../search-index.ts'
import { isClosed } from './search-rows.ts'

/** What goes into one `_bulk` request at most: Elasticsearch does best with a few megabytes. */
const limit = { operations: 1000, characters: 4_000_000 }
const firstPauseMs = 100

export type Writer = {
  readonly client: Client
  /** How long what an overloaded server has no room for is tried again before somebody else decides. */
  readonly patienceMs: number
}
export type Refused = { id: string; status: number; type: string; reason: string }
/** One change as the lines of NDJSON that say it. */
export type Operation = readonly object[]

/**
 * Writes in requests of bounded size, one after the other. What the server has no room for now is sent again, and nothing else with it, ever more slowly: so nobody who writes
 * gets ahead of it. Throws `IndexUnavailable` when that does not help, and when the index takes no writes at all. Returns what it will never take.
 */
export async function writeRows(
  { client, patienceMs }: Writer,
  alias: string,
  operations: Iterable<Operation>,
): Promise<Refused[]> {
  const refused: Refused[] = []
  for (const request of requests(operations)) {
    let left: readonly string[] = request
    for (let pauseMs = firstPauseMs, waitedMs = 0; left.length > 0; pauseMs *= 2) {
      const { again, never, reason } = await send(client, alias, left)
      refused.push(...never)
      left = again
      if (left.length === 0) break
      if (waitedMs >= patienceMs) throw new IndexUnavailable(reason)
      const ms = Math.min(pauseMs * (0.5 + Math.random()), patienceMs)
      waitedMs += ms
      await wait(ms)
    }
  }
  return refused
}

/** `again`: the operations that there was no room for. */
async function send(client: Client, alias: string, request: readonly string[]) {
  const lines = request.flatMap((operation) => operation.split('\n'))
  const answer = await client.bulk({ index: alias, operations: lines as never[] })
  const again: string[] = []
  const never: Refused[] = []
  let reason = ''
  if (!answer.errors) return { again, never, reason }
  for (const [at, item] of answer.items.entries()) {
    const outcome = item.index ?? item.update ?? item.delete
    if (!outcome?.error) continue
    const { type } = outcome.error
    reason = outcome.error.reason ?? type
    if (isClosed(type) || outcome.status >= 500) throw new IndexUnavailable(reason)
    if (outcome.status === 429) again.push(request[at] ?? '')
    else never.push({ id: outcome._id ?? '', status: outcome.status, type, reason })
  }
  return { again, never, reason }
}

/** Operations as NDJSON, serialised one by one: their length is what is bounded. */
function* requests(operations: Iterable<Operation>): Generator<string[]> {
  let request: string[] = []
  let characters = 0
  for (const operation of operations) {
    const text = operation.map((line) => JSON.stringify(line)).join('\n')
    const isFull = request.length >= limit.operations || characters + text.length > limit.characters
    if (request.length > 0 && isFull) {
      yield request
      ;[request, characters] = [[], 0]
    }
    request.push(text)
    characters += text.length
  }
  if (request.length > 0) yield request
}
