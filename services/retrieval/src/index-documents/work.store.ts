import { inTransaction } from '@tessera/shared/database/database'
import { prepared } from '@tessera/shared/database/prepared'
import { sql } from 'kysely'
import type { RetrievalDatabase, RetrievalTransaction } from '../database.ts'

/** One document whose rows are to be brought up to date, in the hands of one worker. */
export type Work = { documentId: string; generation: number; attempts: number; passages: number }
export type Claim = { id: string; workspaceId: string; work: readonly Work[] }

/** How long a worker that went silent keeps others from its documents. Renewed between the steps of a batch. */
const leaseSeconds = 120

/** What became of one document. `appliedRevision` is the workspace's revision that its facts were read at. */
export type Outcome = {
  documentId: string
  generation: number
  contentVersion: string
  indexed: boolean
  appliedRevision: number
  /** Why it will never be indexed as it is. */
  failure: string | null
  /** What tells its rows from others of this version, and how many they are. */
  indexedRows: string | null
  indexedCount: number
  /** Gone passages whose rows are no longer in the index. */
  removedPassages: readonly string[]
}

export type WorkStore = ReturnType<typeof createWorkStore>

/** The queue of the index: durable, at most one entry per document, shared by all replicas. */
export function createWorkStore(db: RetrievalDatabase, version: number) {
  return {
    /** The workspaces with something to do. */
    async workspaces(): Promise<string[]> {
      const { rows } = await sql<{ workspace_id: string }>`select distinct workspace_id from index_work
        where not_before <= now() and (claim is null or claimed_until < now())`.execute(db)
      return rows.map((row) => row.workspace_id)
    },

    /**
     * Takes up to `limit` documents; changed access before new content, then the oldest first. None while the live index rests, or where it is of another version of this
     * program.
     */
    async claim(workspaceId: string, id: string, limit: number): Promise<Claim> {
      const { rows } = await sql<Work>`${prepared}
        update index_work w set claim = ${id}, claimed_until = now() + make_interval(secs => ${leaseSeconds})
        from (
          select workspace_id, document_id from index_work
          where workspace_id = ${workspaceId} and not_before <= now() and (claim is null or claimed_until < now())
            and not exists (select from index_jobs j where j.workspace_id = index_work.workspace_id and j.kind = 'reindex'
              and j.state in ('finishing', 'promoting'))
            and not exists (select from indexes i where i.workspace_id = index_work.workspace_id and i.version <> ${version})
          order by (since_revision is null), enqueued_at limit ${limit} for update skip locked
        ) next left join documents d on d.workspace_id = next.workspace_id and d.document_id = next.document_id
        where w.workspace_id = next.workspace_id and w.document_id = next.document_id
        returning w.document_id as "documentId", w.generation, w.attempts, coalesce(d.passage_count, 0) as passages`.execute(
        db,
      )
      return { id, workspaceId, work: rows }
    },

    /** Keeps a claim for longer. False when another worker has taken some of it over. */
    async renew({ id, work }: Claim): Promise<boolean> {
      const { numAffectedRows } = await sql`update index_work
        set claimed_until = now() + make_interval(secs => ${leaseSeconds}) where claim = ${id}`.execute(db)
      return Number(numAffectedRows) === work.length
    },

    /**
     * Notes what became of claimed documents. An entry stays when its content or its facts changed meanwhile, or when the claim was lost: then somebody
     * else may have written older rows over newer ones or the reverse, and the document is done once more. Returns how many stay. All of them do when the index that was
     * written is the live one no more: they are told by name, and nobody can say what is in the new one of them. Where the next index has other rows, it is to be filled again.
     */
    finish: (claim: Claim, live: string | null, outcomes: readonly Outcome[]): Promise<number | 'replaced'> =>
      inTransaction(db, async (trx) => {
        const { rows } = await sql`select from indexes where workspace_id = ${claim.workspaceId}
          and (version <> ${version} or live is distinct from ${live}) for share`.execute(trx)
        if (rows.length === 0) return finish(trx, claim, outcomes)
        const documentIds = outcomes.map(({ documentId }) => documentId)
        await lock(trx, claim.workspaceId, documentIds)
        await sql`update documents set indexed_rows = 'changing'
          where workspace_id = ${claim.workspaceId} and document_id = any(${documentIds}::text[])`.execute(trx)
        await sql`insert into index_work (workspace_id, document_id)
          select ${claim.workspaceId}, id from unnest(${documentIds}::text[]) as id order by id
          on conflict (workspace_id, document_id) do update set ${doneOnceMore(claim)}`.execute(trx)
        return 'replaced'
      }),

    /** Puts documents back: to be tried again later, when they failed, or at once. */
    async giveBack({ id }: Claim, { reason, delayMs }: { reason: string | null; delayMs: number }): Promise<void> {
      await sql`update index_work set claim = null, claimed_until = null, reason = ${reason},
          attempts = attempts + ${reason === null ? 0 : 1}, not_before = now() + make_interval(secs => ${delayMs / 1000})
        where claim = ${id}`.execute(db)
    },

    /** Their rows are about to become others: until that is done, nobody can tell which of them are there. */
    async noteChangingRows(workspaceId: string, documentIds: readonly string[]): Promise<void> {
      if (documentIds.length === 0) return
      await sql`update documents set indexed_rows = 'changing' where workspace_id = ${workspaceId} and document_id = any(${documentIds}::text[])`.execute(
        db,
      )
    },
  }
}

const doneOnceMore = ({ id }: Pick<Claim, 'id'>) => sql`generation = index_work.generation + 1,
  claim = case when index_work.claim = ${id} then null else index_work.claim end`

async function finish(
  trx: RetrievalTransaction,
  { id, workspaceId }: Claim,
  outcomes: readonly Outcome[],
): Promise<number> {
  await lock(
    trx,
    workspaceId,
    outcomes.map(({ documentId }) => documentId),
  )
  const values = outcomes.map((outcome) => ({
    document_id: outcome.documentId,
    generation: outcome.generation,
    content_version: outcome.contentVersion,
    indexed: outcome.indexed,
    applied: outcome.appliedRevision,
    failure: outcome.failure,
    indexed_rows: outcome.indexedRows,
    indexed_count: outcome.indexedCount,
    removed_passages: outcome.removedPassages,
  }))
  const { numAffectedRows } = await sql`${prepared} with outcome as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as o (document_id text, generation bigint,
        content_version text, indexed boolean, applied bigint, failure text, indexed_rows text, indexed_count integer, removed_passages text[])
    ), done as (
      delete from index_work w using outcome o
      where w.workspace_id = ${workspaceId} and w.document_id = o.document_id and w.claim = ${id}
        and w.generation = o.generation and coalesce(w.until_revision, 0) <= o.applied
      returning w.document_id
    ), noted as (
      update documents d set facts_revision = o.applied, failure = o.failure,
        indexed_version = case when o.indexed then o.content_version end, indexed_rows = o.indexed_rows, indexed_count = o.indexed_count,
        next_version = case when d.next_version is not null and d.next_rows is distinct from o.indexed_rows then '' else d.next_version end
      from outcome o
      where d.workspace_id = ${workspaceId} and d.document_id = o.document_id and d.content_version = o.content_version
    ), swept as (
      delete from stale_rows s using outcome o, done
      where s.workspace_id = ${workspaceId} and s.document_id = o.document_id and done.document_id = o.document_id
        and s.passage_id = any(o.removed_passages)
    )
    insert into index_work (workspace_id, document_id)
      select ${workspaceId}, document_id from outcome where document_id not in (select document_id from done)
      on conflict (workspace_id, document_id) do update set ${doneOnceMore({ id })}`.execute(trx)
  return Number(numAffectedRows)
}

/** Documents first, as a push locks them, and in the order of their ids: two that wait for each other would both be stopped. */
async function lock(trx: RetrievalTransaction, workspaceId: string, documentIds: readonly string[]): Promise<void> {
  for (const table of ['documents', 'index_work'] as const) {
    await sql`select from ${sql.table(table)} where workspace_id = ${workspaceId} and document_id = any(${documentIds}::text[])
      order by document_id for update`.execute(trx)
  }
}
