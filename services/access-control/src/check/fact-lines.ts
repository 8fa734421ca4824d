import { type RawBuilder, sql } from 'kysely'

/**
 * Rows as one text: JSON of fifty documents costs PostgreSQL more than finding them. Names, ids and labels hold neither white space nor control characters
 * (`Name` and `brokenLists` see to it), so the separators can't be mistaken.
 */
const [entry, field, line] = ['\u001d', '\u001e', '\u001f']

/** One text of all rows; null where there are none. Each column is a text that is not null. */
export const linesOf = (columns: readonly RawBuilder<string>[]) =>
  sql<string | null>`string_agg(${sql.join(columns, sql.raw(` || e'${field}' || `))}, ${sql.raw(`e'${line}'`)})`

/** A list as a column. */
export const listColumn = (list: RawBuilder<unknown>) =>
  sql<string>`case when ${list} = '{}' then '' else array_to_string(${list}, ${sql.raw(`e'${entry}'`)}) end`

/** The rows of such a text, each with as many fields as it has columns. */
export function readLines(text: string | null, columns: number): string[][] {
  if (text === null) return []
  return text.split(line).map((row) => {
    const fields = row.split(field)
    if (fields.length !== columns) throw new Error(`A fact with ${fields.length} fields in place of ${columns}`)
    return fields
  })
}

export const readList = (text: string): string[] => (text === '' ? [] : text.split(entry))
