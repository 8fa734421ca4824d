import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'
import { type ListedContext, must } from './sync-context.ts'

const pageSize = 500

/** Ends the documents that are no longer in the source: first noted here, then in access-control, then in retrieval. */
export async function removeMissing(context: ListedContext): Promise<void> {
  await noteMissing(context)
  await context.boundary('removal-planned')
  for (;;) {
    const documentIds = await notedDocuments(context)
    if (documentIds.length === 0) return
    const { access, retrieval, lease } = context
    await must(access.removeDocuments({ dataSourceId: lease.dataSource.id, documentIds }, lease.callFor(10_000)))
    await context.boundary('access-removed')
    await must(retrieval.removeDocuments({ documentIds }, lease.callFor(30_000)))
    await context.boundary('content-removed')
    await lease.advance((trx) => forget(trx, lease.syncId, documentIds))
    await context.boundary('removal-acknowledged')
  }
}

async function noteMissing({ db, lease, listing }: ListedContext): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('documents as d')
      .leftJoin('documents as parent', (join) =>
        join.onRef('parent.id', '=', 'd.parent_id').on('parent.state', '=', 'live'),
      )
      .select(['d.id', 'd.external_id', 'd.parent_id', 'parent.external_id as parent_place'])
      .where('d.data_source_id', '=', lease.dataSource.id)
      .where('d.state', '=', 'live')
      .where('d.id', '>', after)
      .orderBy('d.id')
      .limit(pageSize)
      .execute()
    // An attachment goes with what it lies in.
    const missing = rows.filter(({ external_id, parent_id, parent_place }) => {
      const place = parent_id === null ? external_id : parent_place
      return place === null || (!listing.has(place) && !listing.unknown(place))
    })
    if (missing.length > 0) {
      const ids = missing.map(({ id }) => id)
      await lease.write((trx) =>
        trx.updateTable('documents').set({ state: 'removing' }).where('id', 'in', ids).execute(),
      )
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    after = last.id
  }
}

async function notedDocuments({ db, lease }: ListedContext): Promise<string[]> {
  const rows = await db
    .selectFrom('documents')
    .select('id')
    .where('data_source_id', '=', lease.dataSource.id)
    .where('state', '=', 'removing')
    .orderBy('id')
    .limit(pageSize)
    .execute()
  return rows.map(({ id }) => id)
}

async function forget(trx: Transaction<ConnectorsDatabase>, syncId: string, documentIds: string[]): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('documents').where('id', 'in', documentIds).executeTakeFirstOrThrow()
  await trx
    .updateTable('syncs')
    .set({ removed: sql`removed + ${Number(numDeletedRows)}` })
    .where('id', '=', syncId)
    .execute()
}
