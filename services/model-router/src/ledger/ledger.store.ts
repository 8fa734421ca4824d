import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql } from 'kysely'
import type { Charge } from '../budgets/charge.ts'
import type { ModelsDatabase } from '../database.ts'

/** A request that begins. Names are those of the columns: rows cross as JSON. */
export type LedgerStart = {
  readonly id: string
  readonly workspace_id: string
  /** Of the workspace's configuration that it was decided by. */
  readonly version: number
  readonly subject: string
  readonly actors: readonly string[]
  readonly key_id: string | null
  readonly purpose: string | null
  readonly operation: string
  readonly asked: string
  readonly model: string
  /** Estimates, which stand if the process dies. */
  readonly input_tokens: number
  readonly cost_micros: number | null
  readonly decision_ids: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  readonly notes: readonly string[]
  readonly charges: readonly Charge[]
}

/** How one ended. */
export type LedgerEnd = {
  readonly id: string
  readonly outcome: string
  readonly model: string
  readonly route: string | null
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cached_input_tokens: number | null
  readonly reasoning_tokens: number | null
  readonly estimated: boolean
  readonly cost_micros: number | null
  readonly first_content_ms: number | null
  readonly total_ms: number
  readonly notes: readonly string[]
  readonly charges: readonly Charge[]
}

/** Queries over the ledger's rows while they are written. */
export const createLedgerStore = (db: Kysely<ModelsDatabase>) => ({
  /**
   * Inserts those rows that were decided by the configuration in force at this very moment, and returns the versions of the configurations of all their workspaces; one
   * that is missing is 0. Undefined, and nothing inserted, where this replica was taken for dead: what it held of budgets has been given to others.
   */
  async insert(replicaId: string, starts: readonly LedgerStart[]): Promise<ReadonlyMap<string, number> | undefined> {
    const workspaceIds = [...new Set(starts.map(({ workspace_id }) => workspace_id))]
    const { rows } = await sql<{ alive: boolean; versions: { id: string; version: number }[] }>`${prepared}
      with me as (select id from replicas where id = ${replicaId} for key share),
      inserted as (
        insert into ledger (id, workspace_id, replica_id, subject, actors, key_id, purpose, operation, asked, model, outcome, input_tokens,
          output_tokens, estimated, cost_micros, decision_ids, metadata, notes, charges)
        select r.id, r.workspace_id, me.id, r.subject, r.actors, r.key_id, r.purpose, r.operation, r.asked, r.model, 'started', r.input_tokens,
          0, true, r.cost_micros, r.decision_ids, r.metadata, r.notes, r.charges
        from me cross join jsonb_to_recordset(${JSON.stringify(starts)}::jsonb) as r(id text, workspace_id text, version bigint, subject text,
          actors text[], key_id text, purpose text, operation text, asked text, model text, input_tokens bigint, cost_micros bigint,
          decision_ids text[], metadata jsonb, notes text[], charges jsonb)
        left join configurations c on c.workspace_id = r.workspace_id
        where coalesce(c.version, 0) = r.version
        returning id
      )
      select exists (select from me) as alive, coalesce((select json_agg(json_build_object('id', workspace_id, 'version', version))
        from configurations where workspace_id = any(${workspaceIds}::text[])), '[]') as versions`.execute(db)
    const [row] = rows
    return row?.alive ? new Map(row.versions.map(({ id, version }) => [id, version])) : undefined
  },

  /**
   * Completes rows and settles what they cost, both or neither, and each row once: one that a dead replica's successor has completed already stays as it is.
   */
  async complete(ends: readonly LedgerEnd[]): Promise<void> {
    await sql`${prepared}
      with ends as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) as e(id text, outcome text, model text, route text, input_tokens bigint,
          output_tokens bigint, cached_input_tokens bigint, reasoning_tokens bigint, estimated boolean, cost_micros bigint,
          first_content_ms double precision, total_ms double precision, notes text[], charges jsonb)
      ),
      ended as (
        update ledger l set outcome = e.outcome, model = e.model, route = e.route, input_tokens = e.input_tokens,
          output_tokens = e.output_tokens, cached_input_tokens = e.cached_input_tokens, reasoning_tokens = e.reasoning_tokens,
          estimated = e.estimated, cost_micros = e.cost_micros, first_content_ms = e.first_content_ms, total_ms = e.total_ms,
          notes = e.notes, charges = e.charges
        from ends e where l.id = e.id and l.outcome = 'started' returning l.id, l.replica_id, e.charges
      ),
      charged as (
        select c.budget, c.counter, c.period, c."endsAt" as ends_at, ended.replica_id, sum(c.amount)::bigint as amount,
          coalesce(sum(c.amount) filter (where c.held), 0)::bigint as held
        from ended cross join jsonb_to_recordset(ended.charges) as c(budget text, counter text, period text, "endsAt" timestamptz, amount bigint,
          held boolean)
        group by 1, 2, 3, 4, 5
      ),
      blocks as (
        update budget_blocks b set held = b.held - c.held from charged c
        where c.held <> 0 and b.replica_id = c.replica_id and b.budget_id = c.budget and b.counter = c.counter and b.period = c.period
      )
      insert into budget_periods as p (budget_id, counter, period, ends_at, spent, held)
      select budget, counter, period, ends_at, sum(amount), -sum(held) from charged group by 1, 2, 3, 4 order by 1, 2, 3
      on conflict (budget_id, counter, period) do update set spent = p.spent + excluded.spent, held = p.held + excluded.held`.execute(
      db,
    )
  },
})

export type LedgerStore = ReturnType<typeof createLedgerStore>
