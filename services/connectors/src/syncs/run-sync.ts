import { sql } from 'kysely'
import type { Source } from '../sources/source.ts'
import { applyAccess } from './apply-access.ts'
import { planNextSync } from './lease.ts'
import { startProgress } from './progress.ts'
import { removeMissing } from './remove-missing.ts'
import { must, type SyncContext } from './sync-context.ts'
import { syncContent } from './sync-content.ts'

/**
 * One sync, from its checkpoint to its end: rights first, for all that is known; then new and changed content, each with its access facts
 * first; then what has gone. Throws where it can not go on; whoever takes it up again continues.
 */
export async function runSync(context: SyncContext, source: Source): Promise<void> {
  const listing = await must(source.list())
  const listed = { ...context, listing }
  await context.boundary('listed')
  const { checkpoint } = context.lease
  const resumes = checkpoint?.listingHash === listing.hash
  if (!resumes) {
    await applyAccess(listed)
    await context.lease.advance((trx) => startProgress(trx, context.lease.syncId, listing))
    await context.boundary('access-applied')
  }
  await syncContent(listed, resumes ? checkpoint.after : null)
  await removeMissing(listed)
  await finish(context)
}

async function finish({ lease, options }: SyncContext): Promise<void> {
  await lease.write(async (trx) => {
    await trx
      .updateTable('syncs')
      .set({ state: 'done', finished_at: sql<Date>`now()`, lease_token: null, checkpoint: null })
      .where('id', '=', lease.syncId)
      .execute()
    await planNextSync(trx, lease.dataSource.id, options.syncIntervalMs)
  })
}
