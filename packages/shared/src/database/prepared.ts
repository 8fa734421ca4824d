import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import pg from 'pg'

const marker = '/* prepared */'

/**
 * To begin a hot statement with whose text never changes: each connection then plans it once instead of every time. Not for statements that differ in text from
 * call to call (a list written as `in ($1, $2, …)`; use `any($1::text[])`), since every text stays in the memory of every connection.
 */
export const prepared: RawBuilder<unknown> = sql.raw(marker)

/** A client that sends statements which begin with `prepared` as named ones. The embedded database has no use for the marker and reads it as a comment. */
export class PreparingClient extends pg.Client {
  // The base class declares a dozen overloads; every one is passed through as it is.
  override query = (...given: unknown[]) => {
    const [text, values, ...rest] = given
    const plain = super.query.bind(this) as (...given: unknown[]) => never
    if (typeof text !== 'string' || !text.startsWith(marker)) return plain(...given)
    return plain({ name: nameOf(text), text, values }, ...rest)
  }
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  const name = names.get(text) ?? createHash('sha256').update(text).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}
