import pg from 'pg'
import { preparedName } from './prepared.ts'

type Query = (...given: unknown[]) => Promise<pg.QueryResult>

const begins = /^(begin|start transaction)\b/
/** What only reads by its form: a CTE that writes is never written `with recursive` in this repository. */
const reads = /^(\/\* prepared \*\/\s*)?(select|with recursive)\b/
const begun = { command: 'BEGIN', rowCount: null, rows: [], oid: 0, fields: [] } satisfies pg.QueryResult

/**
 * A client that takes fewer round trips: it sends statements that are marked `prepared` as named ones, and the beginning of a transaction together with its
 * first statement, if that only reads. (If only the beginning failed, a write would already be done.) To be made with `pipeline: true`.
 *
 * The embedded database has no use for either, and reads the marker as a comment.
 */
export class PostgresClient extends pg.Client {
  #beginning: string | undefined

  // The base class declares a dozen overloads; every one but Kysely's, with text and values, is passed through as it is.
  override query = (...given: unknown[]) => {
    const plain: Query = super.query.bind(this) as (...given: unknown[]) => never
    const [text, values, ...rest] = given
    if (typeof text !== 'string' || rest.length > 0) return plain(...given) as never
    const name = preparedName(text)
    const send = () => plain(name === undefined ? { text, values } : { name, text, values })
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
    return Promise.all([plain(beginning), send()]).then(([, result]) => result)
  }
}
