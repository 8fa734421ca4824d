import { type RawBuilder, sql } from 'kysely'
import { staleAmong } from '../check/covering.ts'

/**
 * What has to hold for a decision over facts from memory to be one over the facts of now: the workspace stands at this very revision and is not stopped, and none
 * of these data sources is stale, by the database's clock.
 */
export type Proviso = { readonly revision: number; readonly dataSourceIds: readonly string[] }

/** Whether it holds, as the statement sees it that asks; without a proviso, it does. */
export const holdsNow = (workspaceId: string, proviso: Proviso | undefined): RawBuilder<boolean> => {
  const revision = sql`${proviso?.revision ?? null}::bigint`
  const dataSourceIds = sql`string_to_array(${proviso?.dataSourceIds.join(' ') ?? ''}, ' ')`
  return sql<boolean>`(${revision} is null or exists (
    select from workspaces w where w.id = ${workspaceId} and w.revision = ${revision} and w.stopped_at is null
      and not exists (select ${staleAmong(workspaceId, dataSourceIds)})))`
}

/** The one that holds only where all of these do, which are of one revision. */
export function jointProviso(provisos: readonly Proviso[]): Proviso | undefined {
  const [first] = provisos
  return first && { ...first, dataSourceIds: [...new Set(provisos.flatMap(({ dataSourceIds }) => dataSourceIds))] }
}
