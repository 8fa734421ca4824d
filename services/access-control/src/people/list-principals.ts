import type { Kysely } from 'kysely'
import type { AccessTables, PrincipalKind, PrincipalState } from '../database.ts'
import { type Cursor, limitOf, pageOf } from '../paging/paging.ts'
import type { PrincipalRow } from './principals.store.ts'

export type Selection = {
  kinds: readonly PrincipalKind[]
  state?: PrincipalState | undefined
  dataSourceId?: string | undefined
  /** Only these names; all where absent. */
  among?: readonly string[] | undefined
}

/** A page of current definitions, by name. */
export async function listPrincipals<T>(
  db: Kysely<AccessTables>,
  workspaceId: string,
  { kinds, state, dataSourceId, among }: Selection,
  page: { after: Cursor | undefined; limit: number | undefined },
  item: (row: PrincipalRow) => T,
) {
  const limit = limitOf(page.limit)
  let query = db
    .selectFrom('principals')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('kind', 'in', [...kinds])
    .where('to_rev', 'is', null)
    .orderBy('name')
    .limit(limit + 1)
  if (state) query = query.where('state', '=', state)
  if (dataSourceId) query = query.where('data_source_id', '=', dataSourceId)
  if (among) query = query.where((where) => where.eb('name', '=', where.fn.any(where.val([...among]))))
  if (page.after?.[0] !== undefined) query = query.where('name', '>', page.after[0])
  return pageOf(await query.execute(), limit, (row) => [row.name], item)
}
