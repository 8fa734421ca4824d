import { type RawBuilder, sql } from 'kysely'

/** A past revision to answer for; undefined: now. */
export type AsOf = number | undefined

/** Whether the row of this alias holds now, or held at a past revision. Without one, the partial indexes of what holds now serve; with one, each arm finds its own. */
export function holds(alias: string, asOf: AsOf): RawBuilder<boolean> {
  const [from, to] = [sql.ref(`${alias}.from_rev`), sql.ref(`${alias}.to_rev`)]
  return asOf === undefined
    ? sql<boolean>`${to} is null`
    : sql<boolean>`((${to} is null and ${from} <= ${asOf}) or (${to} > ${asOf} and ${from} <= ${asOf}))`
}

/** The same for a document, which has an end and no beginning of its own: its facts have. */
export const exists = (alias: string, asOf: AsOf): RawBuilder<boolean> => {
  const end = sql.ref(`${alias}.deleted_rev`)
  return asOf === undefined ? sql<boolean>`${end} is null` : sql<boolean>`(${end} is null or ${end} > ${asOf})`
}
