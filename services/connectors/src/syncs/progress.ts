import { type Kysely, sql } from 'kysely'
import type { Checkpoint, ConnectorsDatabase } from '../database.ts'
import type { Listing, Skipped } from '../sources/source.ts'

export const maxReasons = 1000

/** What one batch adds to the numbers of its sync. */
export type Progress = {
  seen: number
  written: number
  unchanged: number
  moved: number
  skipped: Skipped[]
  attachmentsWritten: number
  attachmentsSkipped: { externalId: string; reason: string }[]
}

/** The numbers at the start of a pass over a listing: what the listing skipped has been seen. */
export async function startProgress(trx: Kysely<ConnectorsDatabase>, syncId: string, listing: Listing) {
  const { documents, skipped, hash } = listing
  const checkpoint: Checkpoint = { listingHash: hash, after: null }
  await trx
    .updateTable('syncs')
    .set({
      total: documents.length + skipped.length,
      seen: skipped.length,
      skipped: skipped.length,
      skipped_reasons: JSON.stringify(skipped.slice(0, maxReasons)),
      written: 0,
      unchanged: 0,
      moved: 0,
      attachments_written: 0,
      attachments_skipped: 0,
      checkpoint: JSON.stringify(checkpoint),
    })
    .where('id', '=', syncId)
    .execute()
}

export async function addProgress(
  trx: Kysely<ConnectorsDatabase>,
  syncId: string,
  { seen, written, unchanged, moved, skipped, attachmentsWritten, attachmentsSkipped }: Progress,
  checkpoint: Checkpoint,
): Promise<void> {
  const told = [...skipped, ...attachmentsSkipped]
  await trx
    .updateTable('syncs')
    .set({
      seen: sql`seen + ${seen}`,
      written: sql`written + ${written}`,
      unchanged: sql`unchanged + ${unchanged}`,
      moved: sql`moved + ${moved}`,
      skipped: sql`skipped + ${skipped.length}`,
      checkpoint: JSON.stringify(checkpoint),
      attachments_written: sql`attachments_written + ${attachmentsWritten}`,
      attachments_skipped: sql`attachments_skipped + ${attachmentsSkipped.length}`,
      ...(told.length > 0 ? { skipped_reasons: withReasons(told) } : {}),
    })
    .where('id', '=', syncId)
    .execute()
}

/** What nobody expected to be read was noted first, with the listing; a reason that matters takes its place. */
const withReasons = (
  skipped: readonly { externalId: string; reason: string }[],
) => sql<string>`${JSON.stringify(skipped)}::jsonb ||
  case when jsonb_array_length(skipped_reasons) > ${maxReasons} then '[]'::jsonb else skipped_reasons end`
