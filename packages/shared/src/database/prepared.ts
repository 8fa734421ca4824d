import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'

const marker = '/* prepared */'

/**
 * To begin a hot statement with (or to end one made by a query builder with, `modifyEnd(prepared)`) whose text never changes: each connection then plans it
 * once instead of every time. Not for statements that differ in text from call to call (a list written as `in ($1, $2, …)`; use `any($1::text[])`), since
 * every text stays in the memory of every connection; nor for `select *`, which fails on them once a migration adds a column.
 */
export const prepared: RawBuilder<unknown> = sql.raw(marker)

const lastMarker = '/* last */'

/**
 * To end the last statement of a transaction with (`modifyEnd(last)`): the commit is sent together with it. Nothing may follow it but the transaction's end.
 */
export const last: RawBuilder<unknown> = sql.raw(lastMarker)

export const isLast = (text: string) => text.endsWith(lastMarker)

/** Under which name the server keeps a statement; undefined for one that is planned anew each time. */
export function preparedName(text: string): string | undefined {
  if (!text.includes(marker)) return undefined
  const name = names.get(text) ?? createHash('sha256').update(text).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}

const names = new Map<string, string>()
