import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import type { Logger } from 'pino'
import type { RetrievalDatabase } from '../database.ts'
import type { SearchIndex } from '../index/search-index.ts'
import { createDoorbell } from '../index-documents/doorbell.ts'
import { createKnownIndexes } from '../index-documents/known-indexes.ts'
import { createVectorsStore } from '../index-documents/vectors.store.ts'
import { createKeys } from '../passages/passage-ids.ts'
import { createJobsStore } from './jobs.store.ts'
import { createNextIndexStore } from './next-index.store.ts'

export type IndexPartsDeps = {
  bus: Bus
  db: RetrievalDatabase
  /** From `createElasticsearchIndex` or `createPgliteIndex`; closed by whoever made it. */
  index: SearchIndex
  /** A secret of at least 16 characters. Another one gives every passage another id. */
  passageIdKey: string
  /** `provider/name`; absent: passages are ranked by their words alone. */
  embeddingModel?: string | undefined
  /** The full text of a passage with any other label is not sent to the embedding model. Absent: of any with a label. */
  embeddingClearedLabels?: readonly string[] | undefined
  /** How long a process that went silent keeps the making of an index from others. */
  jobLeaseMs?: number
  logger: Logger
}

/** What those need who make indexes and those who write them, together. */
export function createIndexParts(deps: IndexPartsDeps) {
  const {
    bus,
    db,
    index,
    passageIdKey,
    embeddingModel,
    embeddingClearedLabels = [],
    jobLeaseMs = 60_000,
    logger,
  } = deps
  const { definitionVersion: version } = index
  const jobs = createJobsStore(db, { version, leaseMs: jobLeaseMs })
  const next = createNextIndexStore(db, version)
  const bell = createDoorbell()
  return {
    ...{ bus, db, index, embeddingModel, logger, jobs, next },
    access: bus.connectTo(accessContract),
    models: bus.connectTo(modelsContract),
    keys: createKeys(passageIdKey),
    vectors: createVectorsStore(db),
    indexes: createKnownIndexes({ index, next, jobs, embeddingModel, onJob: bell.ring, logger }),
    embeddingClearedLabels: new Set(embeddingClearedLabels),
    /** Rings when there may be a job. */
    bell,
  }
}
