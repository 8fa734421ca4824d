import { type Insertable, type Kysely, sql } from 'kysely'
import type { ModelsDatabase } from '../database.ts'
import type { Came } from './lane.ts'

export type ComparisonsStore = ReturnType<typeof createComparisonsStore>

export type WinRateFilter = {
  readonly workspaceId: string
  readonly by: 'model' | 'agent'
  readonly agent?: string | undefined
  /** Of what is counted for an agent, only for these. */
  readonly onlyAgents?: readonly string[]
  readonly from?: string
  readonly to?: string
}

/** Queries over comparisons. */
export const createComparisonsStore = (db: Kysely<ModelsDatabase>) => ({
  begin: (row: Pick<Insertable<ModelsDatabase['comparisons']>, 'id' | 'workspace_id' | 'subject' | 'agent'>) =>
    db.insertInto('comparisons').values(row).execute(),

  addLane: (id: string, lane: number, { model, usage, costMicros, firstContentMs, totalMs }: Came) =>
    db
      .insertInto('comparison_lanes')
      .values({
        ...{ comparison_id: id, lane, model },
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cost_micros: costMicros ?? null,
        first_content_ms: firstContentMs,
        total_ms: totalMs,
      })
      .execute(),

  /** The lanes of somebody's own comparison that came to their end; undefined where there is no such comparison. */
  async lanesOf(workspaceId: string, subject: string, id: string): Promise<readonly number[] | undefined> {
    const { rows } = await sql<{ lanes: number[] }>`
      select array(select l.lane from comparison_lanes l where l.comparison_id = c.id) as lanes
      from comparisons c where c.id = ${id} and c.workspace_id = ${workspaceId} and c.subject = ${subject}`.execute(db)
    return rows[0]?.lanes
  },

  /** Null: for none of them. */
  vote: (id: string, winner: number | null) =>
    db
      .updateTable('comparisons')
      .set({ winner, voted_at: sql`now()` })
      .where('id', '=', id)
      .execute(),

  /** The agents that comparisons were made for. */
  async agents(workspaceId: string): Promise<string[]> {
    const rows = await db
      .selectFrom('comparisons')
      .select('agent')
      .distinct()
      .where('workspace_id', '=', workspaceId)
      .where('agent', 'is not', null)
      .execute()
    return rows.flatMap(({ agent }) => agent ?? [])
  },

  /** The most votes first. */
  async winRates({ workspaceId, by, agent, onlyAgents, from, to }: WinRateFilter, limit: number) {
    const conditions = [
      sql`c.workspace_id = ${workspaceId}`,
      agent === undefined ? undefined : sql`c.agent = ${agent}`,
      onlyAgents && sql`(c.agent is null or c.agent = any(${[...onlyAgents]}::text[]))`,
      from === undefined ? undefined : sql`c.at >= ${from}::timestamptz`,
      to === undefined ? undefined : sql`c.at < ${to}::timestamptz`,
    ].filter((condition) => condition !== undefined)
    const { rows } = await sql<WinRateRow>`
      select l.model, ${by === 'agent' ? sql`c.agent` : sql`null::text`} as agent, count(*) as comparisons, count(c.voted_at) as votes,
        count(*) filter (where c.winner = l.lane) as wins,
        count(*) filter (where c.voted_at is not null and c.winner is null) as undecided,
        avg(l.first_content_ms) as "firstContentMs", avg(l.total_ms) as "totalMs", avg(l.output_tokens)::float8 as "outputTokens",
        avg(l.cost_micros)::float8 as "costMicros"
      from comparisons c join comparison_lanes l on l.comparison_id = c.id
      where ${sql.join(conditions, sql` and `)}
      group by 1, 2 order by votes desc, wins desc, comparisons desc, 1, 2 limit ${limit}`.execute(db)
    return rows
  },
})

type WinRateRow = {
  model: string
  agent: string | null
  comparisons: number
  votes: number
  wins: number
  undecided: number
  firstContentMs: number
  totalMs: number
  outputTokens: number
  costMicros: number | null
}
