import { type Failure, fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Fault } from '@tessera/shared/fault/fault'
import { invalid } from '../faults.ts'

const DEFAULT_LIMIT = 50
const SEPARATOR = '\u0000'

/** The key after which a page starts: the ordered columns of the last row of the page before. */
export type Cursor = readonly string[]

/** The key of a cursor that we gave out; absent for a first page. It names no more than the caller has seen already. */
export function readCursor(
  cursor: string | undefined,
  columns: number,
): Result<Cursor | undefined, Fault<'access.invalid'>> {
  if (cursor === undefined) return ok(undefined)
  const key = Buffer.from(cursor, 'base64url').toString('utf8').split(SEPARATOR)
  return key.length === columns ? ok(key) : brokenCursor
}

const brokenCursor: Failure<Fault<'access.invalid'>> = fail(
  invalid([{ field: '/cursor', rule: 'must be a nextCursor of this list' }]),
)

export const limitOf = (limit: number | undefined) => limit ?? DEFAULT_LIMIT

/** The page of the rows found, of which one more than `limit` was asked for. */
export function pageOf<R, T>(rows: readonly R[], limit: number, key: (row: R) => Cursor, item: (row: R) => T) {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return pageOfNext(shown.map(item), last && key(last))
}

/** A page whose end is known already; `next` is the key of its last row where more follow. */
export const pageOfNext = <T>(items: T[], next: Cursor | number | undefined) => ({
  items,
  ...(next === undefined ? {} : { nextCursor: Buffer.from([next].flat().join(SEPARATOR)).toString('base64url') }),
})
