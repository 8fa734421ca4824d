import { inTransaction } from '@tessera/shared/database/database'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import type { Wrong } from './compare-rows.ts'

export type RepairsStore = ReturnType<typeof createRepairsStore>

const passageOf = (rowId: string) => rowId.slice(0, rowId.lastIndexOf('/'))

/** Hands what is wrong in the index to the workers. */
export function createRepairsStore(db: RetrievalDatabase) {
  return {
    /** All rows of these documents are put anew, and those that should not be there removed. */
    async redo(workspaceId: string, documents: readonly Wrong[]): Promise<void> {
      const ids = documents.map(({ documentId }) => documentId).toSorted()
      const surplus = documents.flatMap(({ documentId, surplus }) =>
        surplus.map((rowId) => ({ document_id: documentId, passage_id: passageOf(rowId) })),
      )
      await inTransaction(db, async (trx) => {
        await sql`select from documents where workspace_id = ${workspaceId} and document_id = any(${ids}::text[])
          order by document_id for update`.execute(trx)
        await sql`update documents set indexed_version = null, variants = true
          where workspace_id = ${workspaceId} and document_id = any(${ids}::text[])`.execute(trx)
        await sql`insert into stale_rows (workspace_id, document_id, passage_id)
          select distinct ${workspaceId}, document_id, passage_id
          from jsonb_to_recordset(${JSON.stringify(surplus)}::jsonb) as s (document_id text, passage_id text)
          on conflict (workspace_id, passage_id) do nothing`.execute(trx)
        await sql`insert into index_work (workspace_id, document_id)
          select ${workspaceId}, id from unnest(${ids}::text[]) as id order by id
          on conflict (workspace_id, document_id) do update set generation = index_work.generation + 1`.execute(trx)
      })
    },

    /** Of these rows, those whose passage and document the registry does not know at all. */
    async unknown(workspaceId: string, rowIds: readonly string[]): Promise<string[]> {
      if (rowIds.length === 0) return []
      const { rows } = await sql<{ passage_id: string }>`select passage_id from passages
        where workspace_id = ${workspaceId} and passage_id = any(${rowIds.map(passageOf)}::text[])`.execute(db)
      const known = new Set(rows.map((row) => row.passage_id))
      return rowIds.filter((rowId) => !known.has(passageOf(rowId)))
    },
  }
}
