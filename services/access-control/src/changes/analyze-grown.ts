import { sql } from 'kysely'
import type { Change } from './writer.ts'

/** From here on a write is a bulk one. */
const BULK_ROWS = 500
/** Half a megabyte: below it, a wrong plan costs little. */
const FEW_PAGES = 64

const tables = ['principals', 'memberships', 'documents', 'document_facts', 'passage_facts'] as const

/**
 * Tells the planner of tables that have at least doubled since it last looked. The server does that by itself within a minute; but until then it does not know which
 * of two indexes is the narrow one, and walking somebody's 10,000 groups can take minutes.
 */
export async function analyzeGrown({ trx }: Change, rows: number): Promise<void> {
  if (rows < BULK_ROWS) return
  const { rows: grown } = await sql<{ name: string }>`
    select t.name from unnest(${[...tables]}::text[]) t(name) join pg_class c on c.oid = t.name::regclass
    where pg_relation_size(c.oid) / current_setting('block_size')::int > 2 * greatest(c.relpages, ${sql.lit(FEW_PAGES / 2)})`.execute(
    trx,
  )
  for (const { name } of grown) await sql`analyze ${sql.table(name)}`.execute(trx)
}
