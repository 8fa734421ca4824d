import { sql } from 'kysely'
import type { RetrievalTransaction } from '../database.ts'

/** Takes the passages of documents out of the registry and notes their rows, which the index may still hold. */
export async function dropPassages(
  trx: RetrievalTransaction,
  { workspace_id, document_id }: { workspace_id: string; document_id: string | readonly string[] },
): Promise<void> {
  const documentIds = typeof document_id === 'string' ? [document_id] : document_id
  await sql`with gone as (
      delete from passages where workspace_id = ${workspace_id} and document_id = any(${documentIds}::text[])
      returning workspace_id, document_id, passage_id
    ), variants as (
      delete from passage_variants where workspace_id = ${workspace_id} and document_id = any(${documentIds}::text[])
    ) insert into stale_rows (workspace_id, document_id, passage_id) select * from gone
      on conflict (workspace_id, passage_id) do nothing`.execute(trx)
}

/** What an entry of the index work becomes when content changed: to be done anew, and at once. */
export const renewedWork = sql`
  generation = index_work.generation + 1, attempts = 0, reason = null, not_before = now(), enqueued_at = now()`
