import { inTransaction } from '@tessera/shared/database/database'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'

/** What became of one document in the next index. */
export type Filled = {
  readonly documentId: string
  readonly contentVersion: string
  /** It was removed before it was filled, so nothing of it is there. */
  readonly removed: boolean
  readonly revision: number
  readonly rows: string | null
  /** What told the rows of the live index when these were made. */
  readonly seenRows: string | null
  readonly count: number
  readonly failure: string | null
}
/** A document that the next index does not show as it is now. `known`: some rows of it may be there. */
export type Behind = { readonly documentId: string; readonly passages: number; readonly known: boolean }

export type Known = { version: number; live: string | null; next: string | null; promotedAt: Date }

export type NextIndexStore = ReturnType<typeof createNextIndexStore>

/** What the registry knows of the indexes that it is in. */
export function createNextIndexStore(db: RetrievalDatabase, version: number) {
  return {
    /** What is known of the indexes of a workspace; undefined where it never had one. */
    async known(workspaceId: string): Promise<Known | undefined> {
      return db
        .selectFrom('indexes')
        .select(['version', 'live', 'next', 'promoted_at as promotedAt'])
        .where('workspace_id', '=', workspaceId)
        .executeTakeFirst()
    },

    /** Workspaces whose index is of an earlier version. */
    async outdated(): Promise<string[]> {
      const rows = await db.selectFrom('indexes').select('workspace_id').where('version', '<', version).execute()
      return rows.map((row) => row.workspace_id)
    },

    /** Whether any document can be found, as far as the registry knows. */
    async hasIndexed(workspaceId: string): Promise<boolean> {
      const { rows } =
        await sql`select from documents where workspace_id = ${workspaceId} and indexed_version is not null limit 1`.execute(
          db,
        )
      return rows.length > 0
    },

    /** The live index is this one, and is as the registry says. */
    async noteLive(workspaceId: string, name: string): Promise<void> {
      await sql`insert into indexes (workspace_id, version, live) values (${workspaceId}, ${version}, ${name})
        on conflict (workspace_id) do update set live = excluded.live`.execute(db)
    },

    /** There is no live index that could be trusted: nothing can be found until the next one takes its place. */
    async noteLost(workspaceId: string): Promise<void> {
      await inTransaction(db, async (trx) => {
        await sql`insert into indexes (workspace_id, version) values (${workspaceId}, ${version})
          on conflict (workspace_id) do update set live = null`.execute(trx)
        await sql`update documents set indexed_version = null, indexed_rows = null, indexed_count = 0
          where workspace_id = ${workspaceId} and indexed_version is not null`.execute(trx)
      })
    },

    /** The next index is this one, and empty. */
    async begin(workspaceId: string, name: string, model: string | undefined): Promise<void> {
      await inTransaction(db, async (trx) => {
        await sql`insert into indexes (workspace_id, version, next, next_model) values (${workspaceId}, ${version}, ${name}, ${model ?? null})
          on conflict (workspace_id) do update set next = excluded.next, next_model = excluded.next_model`.execute(trx)
        await sql`update documents set next_version = null, next_revision = null, next_rows = null, next_count = 0, next_failure = null
          where workspace_id = ${workspaceId} and next_version is not null`.execute(trx)
      })
    },

    /** Documents that are behind, by id. `settled`: only those that no worker has to bring up to date anyway. */
    async behind(
      workspaceId: string,
      { after, limit, settled }: { after: string; limit: number; settled: boolean },
    ): Promise<Behind[]> {
      const { rows } =
        await sql<Behind>`select document_id as "documentId", passage_count as passages, next_version is not null as known
        from documents d where workspace_id = ${workspaceId} and document_id > ${after} and (${isBehind})
          and (not ${settled} or not exists (select from index_work w where w.workspace_id = d.workspace_id and w.document_id = d.document_id))
        order by document_id limit ${limit}`.execute(db)
      return rows
    },

    /** A document whose variants became others meanwhile is to be filled again: a worker had the new ones, and these rows may be of the old ones. */
    async noteFilled(workspaceId: string, filled: readonly Filled[]): Promise<void> {
      const values = filled.map((one) => ({
        document_id: one.documentId,
        content_version: one.contentVersion,
        removed: one.removed,
        revision: one.revision,
        next_rows: one.rows,
        seen_rows: one.seenRows,
        count: one.count,
        failure: one.failure,
      }))
      await sql`update documents d set next_version = case when f.removed then null
            when d.indexed_rows is distinct from f.seen_rows then '' else f.content_version end, next_revision = f.revision, next_rows = f.next_rows, next_count = f.count, next_failure = f.failure
        from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as f
          (document_id text, content_version text, removed boolean, revision bigint, next_rows text, seen_rows text,
            count integer, failure text)
        where d.workspace_id = ${workspaceId} and d.document_id = f.document_id`.execute(db)
    },

    /** These are to be filled again, whatever is there of them. */
    async noteWrong(workspaceId: string, documentIds: readonly string[]): Promise<void> {
      await sql`update documents set next_version = '' where workspace_id = ${workspaceId} and document_id = any(${documentIds}::text[])`.execute(
        db,
      )
    },

    /** Rows that the next index has if it has all that was put. */
    async countNext(workspaceId: string): Promise<number> {
      const { rows } = await sql<{ count: number }>`select coalesce(sum(next_count), 0)::bigint as count from documents
        where workspace_id = ${workspaceId}`.execute(db)
      return rows[0]?.count ?? 0
    },

    /** How far it is: documents that are up to date in the next index, and all of them. */
    async progress(workspaceId: string): Promise<{ done: number; documents: number }> {
      const { rows } = await sql<{
        done: number
        documents: number
      }>`select count(*) filter (where not (${isBehind})) as done, count(*) as documents
        from documents d where workspace_id = ${workspaceId} and not removed`.execute(db)
      return rows[0] ?? { done: 0, documents: 0 }
    },

    /** How many documents workers have in their hands. */
    async claimed(workspaceId: string): Promise<number> {
      const { rows } = await sql<{ count: number }>`select count(*) as count from index_work
        where workspace_id = ${workspaceId} and claim is not null and claimed_until > now()`.execute(db)
      return rows[0]?.count ?? 0
    },

    /** The next index has taken the place of the live one: what was noted of it is true of the live one from now on, and what it does not show as it is now is to be done. */
    async settlePromoted(workspaceId: string): Promise<void> {
      await inTransaction(db, async (trx) => {
        await sql`insert into index_work (workspace_id, document_id)
          select workspace_id, document_id from documents d where workspace_id = ${workspaceId} and not removed and (${isBehind}) order by document_id
          on conflict (workspace_id, document_id) do update set generation = index_work.generation + 1`.execute(trx)
        await sql`update documents set
            indexed_version = case when not removed and next_failure is null and next_count > 0 then nullif(next_version, '') end,
            indexed_rows = next_rows, indexed_count = next_count, facts_revision = coalesce(next_revision, facts_revision),
            failure = case when next_version = content_version then next_failure else failure end,
            next_version = null, next_revision = null, next_rows = null, next_count = 0, next_failure = null
          where workspace_id = ${workspaceId}`.execute(trx)
        await sql`delete from vectors v using indexes i
          where v.workspace_id = ${workspaceId} and i.workspace_id = v.workspace_id and v.model is distinct from i.next_model`.execute(
          trx,
        )
        await sql`update indexes set live = next, version = ${version}, promoted_at = now(), next = null, next_model = null where workspace_id = ${workspaceId}`.execute(
          trx,
        )
      })
    },

    /** Texts are sent to the embedding model anew. */
    async forgetVectors(workspaceId: string): Promise<void> {
      await db.deleteFrom('vectors').where('workspace_id', '=', workspaceId).execute()
    },
  }
}

const isBehind = sql`(not d.removed and (d.next_version is distinct from d.content_version or d.next_revision is null
    or d.next_revision < coalesce(d.facts_revision, 0)))
  or (d.removed and d.next_version is not null)`
