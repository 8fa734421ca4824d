import pg from 'pg'
import { isLast, preparedName } from './prepared.ts'

type Query = (...given: unknown[]) => Promise<pg.QueryResult>

const begins = /^(begin|start transaction)\b/
const ends = /^(commit|rollback)\b/
/** What only reads by its form: a CTE that writes is never written `with recursive` in this repository. */
const reads = /^(\/\* prepared \*\/\s*)?(select|with recursive)\b/
const begun = { command: 'BEGIN', rowCount: null, rows: [], oid: 0, fields: [] } satisfies pg.QueryResult

/**
 * A client that takes fewer round trips: it sends statements that are marked `prepared` as named ones; the beginning of a transaction together with its first
 * statement, if that only reads (if only the beginning failed, a write would already be done); and the commit together with a statement that is marked
 * `last`, after which nothing else is let through. To be made with `pipeline: true`.
 *
 * The embedded database has no use for any of it, and reads the markers as comments.
 */
export class PostgresClient extends pg.Client {
  #beginning: string | undefined
  #commit: Promise<pg.QueryResult> | undefined

  // The base class declares a dozen overloads; every one but Kysely's, with text and values, is passed through as it is.
  override query = (...given: unknown[]) => {
    const plain: Query = super.query.bind(this) as (...given: unknown[]) => never
    const [text, values, ...rest] = given
    if (typeof text !== 'string' || rest.length > 0) return plain(...given) as never
    const commit = this.#commit
    if (commit) return this.#afterLast(text, plain, commit) as never
    const name = preparedName(text)
    const send = () => plain(name === undefined ? { text, values } : { name, text, values })
    if (isLast(text)) return this.#withCommit(plain, send) as never
    return this.#afterBeginning(text, plain, send) as never
  }

  #afterBeginning(text: string, plain: Query, send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
    const beginning = this.#beginning
    this.#beginning = undefined
    if (beginning === undefined && begins.test(text)) {
      this.#beginning = text
      return Promise.resolve(begun)
    }
    if (beginning === undefined) return send()
    if (!reads.test(text)) return plain(beginning).then(send)
    return this.#inOneWrite(() => Promise.all([plain(beginning), send()])).then(([, result]) => result)
  }

  async #withCommit(plain: Query, send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
    const beginning = this.#beginning
    this.#beginning = undefined
    if (beginning !== undefined) await plain(beginning)
    const [result, commit] = this.#inOneWrite(() => [send(), plain('commit')] as const)
    this.#commit = commit
    // Who asks for the commit learns how it went.
    commit.catch(() => undefined)
    return result
  }

  #inOneWrite<T>(work: () => T): T {
    const { stream } = this.connection
    stream.cork()
    try {
      return work()
    } finally {
      stream.uncork()
    }
  }

  /** If the last statement failed, the server has made a rollback of the commit; another one does no harm, and tells whether the connection still stands. */
  #afterLast(text: string, plain: Query, commit: Promise<pg.QueryResult>): Promise<pg.QueryResult> {
    if (!ends.test(text)) return Promise.reject(new Error('A statement came after the last one of its transaction'))
    this.#commit = undefined
    return text === 'commit' ? commit : commit.catch(() => undefined).then(() => plain(text))
  }
}
