import { inTransaction } from '@tessera/shared/database/database'
import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql } from 'kysely'
import type { ModelsDatabase } from '../database.ts'

/** One counter of one budget in one period. */
export type CounterKey = {
  readonly budget: string
  readonly counter: string
  readonly period: string
  readonly endsAt: string | null
}

export type BlocksStore = ReturnType<typeof createBlocksStore>

/** Of what is free, one replica takes at most this part beyond its need: the rest is for others. */
const SHARE = 8

export const createBlocksStore = (db: Kysely<ModelsDatabase>) => ({
  /**
   * Sets aside for a replica what is still free of a limit: at least `need`, more of it up to `want` as long as there is plenty. 0 where less than `need` is left, the
   * budget has ended, or the replica is taken for dead. Replicas wait for each other here, so that all they hold together is never more than the limit.
   */
  take: (replicaId: string, key: CounterKey, need: number, want: number): Promise<number> =>
    inTransaction(db, async (trx) => {
      if (!(await isAlive(trx, replicaId))) return 0
      await sql`${prepared}
        insert into budget_periods (budget_id, counter, period, ends_at)
        select id, ${key.counter}, ${key.period}, ${key.endsAt}::timestamptz from budgets where id = ${key.budget}
        on conflict do nothing`.execute(trx)
      const { rows } = await sql<{ free: number }>`${prepared}
        select (b.definition ->> 'limit')::bigint - p.spent - p.held as free
        from budget_periods p join budgets b on b.id = p.budget_id
        where p.budget_id = ${key.budget} and p.counter = ${key.counter} and p.period = ${key.period}
        for update of p`.execute(trx)
      const free = rows[0]?.free ?? -1
      if (free < need) return 0
      const taken = Math.min(free, Math.max(need, Math.min(want, Math.floor(free / SHARE))))
      await move(trx, replicaId, key, taken)
      return taken
    }),

  /** Gives back what was set aside and is not needed. What a replica that is taken for dead held is free already. */
  give: (replicaId: string, key: CounterKey, amount: number): Promise<void> =>
    inTransaction(db, async (trx) => {
      if (await isAlive(trx, replicaId)) await move(trx, replicaId, key, -amount)
    }),

  /** What a counter has spent, settled and set aside. */
  async spent({ budget, counter, period }: CounterKey): Promise<number> {
    const { rows } = await sql<{ spent: number }>`${prepared}
      select spent + held as spent from budget_periods where budget_id = ${budget} and counter = ${counter} and period = ${period}`.execute(
      db,
    )
    return rows[0]?.spent ?? 0
  },

  /** Forgets periods that are over. */
  async sweep(): Promise<void> {
    await sql`
      with swept as (
        delete from budget_periods where ends_at < clock_timestamp() - interval '1 hour' returning budget_id, counter, period
      )
      delete from budget_blocks b using swept s
      where b.budget_id = s.budget_id and b.counter = s.counter and b.period = s.period`.execute(db)
  },
})

/** It is not taken for dead while this transaction goes on. */
async function isAlive(trx: Kysely<ModelsDatabase>, replicaId: string): Promise<boolean> {
  const { rows } = await sql`${prepared}
    select id from replicas where id = ${replicaId} for key share`.execute(trx)
  return rows.length > 0
}

async function move(trx: Kysely<ModelsDatabase>, replicaId: string, key: CounterKey, amount: number): Promise<void> {
  const { budget, counter, period } = key
  await sql`${prepared}
    with period as (
      update budget_periods set held = held + ${amount}::bigint
      where budget_id = ${budget} and counter = ${counter} and period = ${period} returning budget_id
    )
    insert into budget_blocks as b (budget_id, counter, period, replica_id, held)
    select budget_id, ${counter}, ${period}, ${replicaId}, ${amount}::bigint from period
    on conflict (replica_id, budget_id, counter, period) do update set held = b.held + excluded.held`.execute(trx)
}
