import type { Sync } from '@tessera/shared/contracts/connectors'
import type { SyncRow } from '../database.ts'
import { maxReasons } from './progress.ts'

export const syncOf = (row: SyncRow): Sync => ({
  id: row.id,
  dataSourceId: row.data_source_id,
  state: row.state,
  startedAt: row.started_at.toISOString(),
  seen: row.seen,
  written: row.written,
  unchanged: row.unchanged,
  removed: row.removed,
  moved: row.moved,
  skipped: row.skipped,
  attachments: { written: row.attachments_written, skipped: row.attachments_skipped },
  skippedReasons: row.skipped_reasons.slice(0, maxReasons),
  ...(row.total === null ? {} : { total: row.total }),
  ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.toISOString() }),
  ...(row.fault === null ? {} : { fault: row.fault }),
})
