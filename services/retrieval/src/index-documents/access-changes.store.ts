import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'

export type AccessChangesStore = ReturnType<typeof createAccessChangesStore>

/** Rows of a version that is no longer current are refused by the check; they go when new content does not come soon and replace them. */
const replacedSoonSeconds = 30

/** What was there before new rules waits that long for content that comes meanwhile: a push is not to wait for a whole workspace. */
const newContentFirstSeconds = 600

/** How far the index follows access-control. */
export function createAccessChangesStore(db: RetrievalDatabase) {
  return {
    /** By workspace: up to which revision changes were listed, and the newest redaction rules that documents were queued for. */
    async listed(): Promise<Map<string, { revision: number; ruleVersion: number }>> {
      const rows = await db.selectFrom('workspaces').selectAll().execute()
      return new Map(
        rows.map((row) => [row.workspace_id, { revision: row.listed_revision, ruleVersion: row.rule_version }]),
      )
    },

    /**
     * Queues every document that was marked under older rules than these, then notes the rules: cut off in between, it is done again. Returns how many there are.
     */
    async raiseRules(workspaceId: string, ruleVersion: number): Promise<number> {
      const { numAffectedRows } = await sql`insert into index_work (workspace_id, document_id, enqueued_at)
        select workspace_id, document_id, now() + make_interval(secs => ${newContentFirstSeconds}) from documents
        where workspace_id = ${workspaceId} and rule_version < ${ruleVersion} and not removed order by document_id
        on conflict (workspace_id, document_id) do update set generation = index_work.generation + 1`.execute(db)
      await sql`insert into workspaces (workspace_id, listed_revision, rule_version) values (${workspaceId}, 0, ${ruleVersion})
        on conflict (workspace_id) do update set rule_version = greatest(workspaces.rule_version, excluded.rule_version)`.execute(
        db,
      )
      return Number(numAffectedRows)
    },

    async advance(workspaceId: string, revision: number): Promise<void> {
      await sql`insert into workspaces (workspace_id, listed_revision) values (${workspaceId}, ${revision})
        on conflict (workspace_id) do update set listed_revision = greatest(workspaces.listed_revision, excluded.listed_revision)`.execute(
        db,
      )
    },

    /**
     * The revision that rows are at: all changes up to it were listed, and none of them waits. A document whose new content waits does not count: its rows
     * are of a version that is no longer served.
     */
    async applied(workspaceId: string): Promise<number> {
      const { rows } = await sql<{ applied: number }>`select coalesce(least(
          (select listed_revision from workspaces where workspace_id = ${workspaceId}),
          (select min(since_revision) - 1 from index_work where workspace_id = ${workspaceId} and since_revision is not null)
        ), 0) as applied
        where exists (select from workspaces where workspace_id = ${workspaceId})`.execute(db)
      return rows[0]?.applied ?? 0
    },

    /**
     * Queues documents whose rows show older facts than these. Unknown documents have no rows, those that were written with these facts need nothing,
     * and one whose entry no worker has begun will be done with the facts of then. Returns how many were queued, or must be done anew.
     */
    async enqueue(workspaceId: string, documents: readonly IndexFacts[]): Promise<number> {
      const values = documents.map((facts) => ({
        document_id: facts.documentId,
        content_version: facts.contentVersion,
        searchable: facts.searchable,
        revision: facts.revision,
      }))
      const { numAffectedRows } = await sql`
        insert into index_work (workspace_id, document_id, since_revision, until_revision, not_before)
        select d.workspace_id, d.document_id,
          case when d.content_version = f.content_version then f.revision end, f.revision,
          now() + case when d.content_version = f.content_version then interval '0' else make_interval(secs => ${replacedSoonSeconds}) end
        from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as f
          (document_id text, content_version text, searchable boolean, revision bigint)
        join documents d on d.workspace_id = ${workspaceId} and d.document_id = f.document_id
        where not d.removed and (d.facts_revision is null or d.facts_revision < f.revision)
          and (d.indexed_version is not null or (f.searchable and d.content_version = f.content_version)
            or exists (select from index_work w where w.workspace_id = d.workspace_id and w.document_id = d.document_id and w.claim is not null))
        order by d.document_id
        on conflict (workspace_id, document_id) do update set
          until_revision = greatest(index_work.until_revision, excluded.until_revision),
          since_revision = case when index_work.claim is null and index_work.since_revision is null then null
            else least(index_work.since_revision, excluded.since_revision) end,
          not_before = case when index_work.attempts = 0 then least(index_work.not_before, excluded.not_before) else index_work.not_before end
        where index_work.claim is not null or index_work.since_revision is not null or index_work.attempts > 0 or index_work.not_before > now()
      `.execute(db)
      return Number(numAffectedRows)
    },
  }
}
