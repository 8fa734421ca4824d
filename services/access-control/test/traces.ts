import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../src/database.ts'

/** A fingerprint of every table of the schema but those of the decision log, which grows with each question. */
export async function tracesOf(db: Kysely<AccessTables>): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name not like 'log\\_%' order by 1`.execute(
    db,
  )
  const traces: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await sql<{ trace: string }>`
      select md5(coalesce(string_agg(r::text, '|' order by r::text), '')) as trace from ${sql.table(name)} r`.execute(
      db,
    )
    traces[name] = rows[0]?.trace ?? ''
  }
  return traces
}
