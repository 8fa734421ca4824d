import { inTransaction } from '@tessera/shared/database/database'
import { type Kysely, sql } from 'kysely'
import type { ModelsDatabase } from '../database.ts'
import type { HealthOfModel } from '../routing/health.ts'

/** Who said nothing for so long says nothing about models. */
const RECENT_MS = 10_000

export type ReplicaStore = ReturnType<typeof createReplicaStore>

export const createReplicaStore = (db: Kysely<ModelsDatabase>) => ({
  async add(id: string): Promise<void> {
    await db.insertInto('replicas').values({ id }).execute()
  },

  /** Says that it lives, and how the models do that it asked. False where it was taken for dead. */
  async touch(id: string, health: readonly HealthOfModel[]): Promise<boolean> {
    const { rows } =
      await sql`update replicas set seen_at = clock_timestamp(), health = ${JSON.stringify(health)}::jsonb where id = ${id} returning id`.execute(
        db,
      )
    return rows.length > 0
  },

  /** What the replicas that are alive said last. */
  async health(): Promise<readonly (readonly HealthOfModel[])[]> {
    const rows = await db
      .selectFrom('replicas')
      .select('health')
      .where(sql<boolean>`not ${isSilent(RECENT_MS)}`)
      .execute()
    return rows.map(({ health }) => health)
  },

  async findDead(leaseMs: number): Promise<string[]> {
    const rows = await db.selectFrom('replicas').select('id').where(isSilent(leaseMs)).limit(10).execute()
    return rows.map(({ id }) => id)
  },

  /**
   * Ends a replica that has been silent for so long: what it held is free, and each request that it left counts what it stated when it began. False where it
   * lives after all, or somebody else did it.
   */
  bury: (id: string, leaseMs: number): Promise<boolean> =>
    inTransaction(db, async (trx) => {
      const gone = await trx
        .deleteFrom('replicas')
        .where('id', '=', id)
        .where(isSilent(leaseMs))
        .returning('id')
        .execute()
      if (gone.length === 0) return false
      await sql`
        with lost as (
          update ledger set outcome = 'lost' where replica_id = ${id} and outcome = 'started' returning charges
        ),
        freed as (delete from budget_blocks where replica_id = ${id} returning budget_id, counter, period, held),
        changed as (
          select budget as budget_id, counter, period, "endsAt" as ends_at, amount as spent, 0::bigint as freed
          from lost cross join jsonb_to_recordset(lost.charges) as c(budget text, counter text, period text, "endsAt" timestamptz, amount bigint)
          union all
          select budget_id, counter, period, null, 0, held from freed
        )
        insert into budget_periods as p (budget_id, counter, period, ends_at, spent, held)
        select budget_id, counter, period, max(ends_at), sum(spent), -sum(freed) from changed group by 1, 2, 3 order by 1, 2, 3
        on conflict (budget_id, counter, period) do update set spent = p.spent + excluded.spent, held = p.held + excluded.held`.execute(
        trx,
      )
      return true
    }),
})

const isSilent = (leaseMs: number) =>
  sql<boolean>`seen_at <= clock_timestamp() - ${leaseMs}::double precision * interval '1 millisecond'`
