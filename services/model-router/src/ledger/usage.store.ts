import type { UsageGroup } from '@tessera/shared/contracts/model-router/usage'
import { type Expression, type Kysely, type RawBuilder, sql, type SqlBool } from 'kysely'
import type { ModelsDatabase } from '../database.ts'

export type UsageFilter = {
  readonly workspaceId: string
  /** Rows of others don't exist for whoever may only see their own. */
  readonly onlyOf?: string
  readonly from?: string
  readonly to?: string
  readonly model?: string
  readonly subject?: string
  readonly agent?: string
  readonly keyId?: string
}

export type UsageStore = ReturnType<typeof createUsageStore>

/** The ledger as it is read. */
export const createUsageStore = (db: Kysely<ModelsDatabase>) => ({
  /** Newest first. */
  page: (filter: UsageFilter, { beforeId, limit }: { beforeId?: string; limit: number }) => {
    const rows = db.selectFrom('ledger').selectAll().where(matching(filter))
    const page = beforeId === undefined ? rows : rows.where('id', '<', beforeId)
    return page.orderBy('id', 'desc').limit(limit).execute()
  },

  /** The most expensive groups first. */
  async totals(filter: UsageFilter, by: readonly UsageGroup[], limit: number) {
    const values = by.map((group) => groups[group])
    const { rows } = await sql<Totals>`
      select array[${sql.join(values)}] as by, count(*) as requests, count(*) filter (where outcome in ('completed', 'cached')) as completed,
        count(*) filter (where outcome = 'cached') as cached,
        sum(input_tokens)::bigint as "inputTokens", coalesce(sum(cached_input_tokens), 0)::bigint as "cachedInputTokens",
        sum(output_tokens)::bigint as "outputTokens", coalesce(sum(cost_micros), 0)::bigint as "costMicros",
        count(*) filter (where cost_micros is null) as unpriced, avg(first_content_ms) as "firstContentMs"
      from ledger where ${matching(filter)}
      group by 1 order by "costMicros" desc, requests desc, by limit ${limit}`.execute(db)
    return rows.map(({ by: found, firstContentMs, ...sums }) => ({
      by: Object.fromEntries(by.map((group, index) => [group, found[index] ?? ''])),
      ...sums,
      ...(firstContentMs !== null && { firstContentMs }),
    }))
  },
})

type Totals = {
  by: (string | null)[]
  requests: number
  completed: number
  cached: number
  inputTokens: number
  cachedInputTokens: number
  outputTokens: number
  costMicros: number
  unpriced: number
  firstContentMs: number | null
}

const timeOf = (unit: 'hour' | 'day' | 'month') =>
  sql`to_char(date_trunc(${sql.lit(unit)}, at, 'UTC') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`

const groups: Record<UsageGroup, RawBuilder<unknown>> = {
  model: sql`model`,
  asked: sql`asked`,
  subject: sql`subject`,
  agent: sql`(select a from unnest(actors) a where a like 'agent:%' limit 1)`,
  key: sql`key_id`,
  purpose: sql`purpose`,
  operation: sql`operation`,
  outcome: sql`outcome`,
  hour: timeOf('hour'),
  day: timeOf('day'),
  month: timeOf('month'),
}

function matching({ workspaceId, onlyOf, from, to, model, subject, agent, keyId }: UsageFilter): Expression<SqlBool> {
  const conditions = [
    sql`workspace_id = ${workspaceId}`,
    onlyOf === undefined ? undefined : sql`subject = ${onlyOf}`,
    from === undefined ? undefined : sql`at >= ${from}::timestamptz`,
    to === undefined ? undefined : sql`at < ${to}::timestamptz`,
    model === undefined ? undefined : sql`model = ${model}`,
    subject === undefined ? undefined : sql`subject = ${subject}`,
    agent === undefined ? undefined : sql`${`agent:${agent}`} = any(actors)`,
    keyId === undefined ? undefined : sql`key_id = ${keyId}`,
  ].filter((condition) => condition !== undefined)
  return sql<SqlBool>`${sql.join(conditions, sql` and `)}`
}
