import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Logger } from 'pino'
import type { RetrievalDatabase } from './database.ts'
import { createGetDocument } from './documents/get-document.ts'
import { createGetPassage } from './documents/get-passage.ts'
import { createPassagesStore } from './documents/passages.store.ts'
import { createPutDocument } from './documents/put-document.ts'
import { createRemoveDocuments } from './documents/remove-documents.ts'
import { guard } from './edge/guard.ts'
import type { SearchIndex } from './index/search-index.ts'
import { createAccessChangesStore } from './index-documents/access-changes.store.ts'
import { createDoorbell } from './index-documents/doorbell.ts'
import { startFollowingAccess } from './index-documents/follow-access.ts'
import { createKnownIndexes } from './index-documents/known-indexes.ts'
import { startWorker } from './index-documents/worker.ts'
import { createWorkStore } from './index-documents/work.store.ts'
import { createAwaitIndexed } from './index-status/await-indexed.ts'
import { createIndexStatus } from './index-status/index-status.ts'
import { createKeys } from './normalise/passage-ids.ts'
import { createReader } from './normalise/reader.ts'
import { createAwaitRevision } from './search/await-revision.ts'
import { createFindCandidates } from './search/find-candidates.ts'
import { createSearch } from './search/search.ts'

export type RetrievalDeps = {
  bus: Bus
  db: RetrievalDatabase
  /** From `createElasticsearchIndex` or `createPgliteIndex`; closed by whoever made it. */
  index: SearchIndex
  /** A secret of at least 16 characters. Another one gives every passage another id. */
  passageIdKey: string
  /** `provider/name`; absent: passages are ranked by their words alone. */
  embeddingModel?: string | undefined
  logger: Logger
}

/** Serves the contract of retrieval on the bus, and keeps the index up with content and access. */
export async function createRetrieval(deps: RetrievalDeps): Promise<Service> {
  const { bus, db, index, passageIdKey, embeddingModel, logger } = deps
  const access = bus.connectTo(accessContract)
  const models = bus.connectTo(modelsContract)
  const keys = createKeys(passageIdKey)
  const reader = createReader()
  const passages = createPassagesStore(db)
  const store = createWorkStore(db)
  const changes = createAccessChangesStore(db)
  const indexes = createKnownIndexes({ index, store, embeddingModel, logger })
  const done = createDoorbell()

  const worker = startWorker({
    bus,
    db,
    index,
    access,
    models,
    embeddingModel,
    store,
    indexes,
    onDone: done.ring,
    logger,
  })
  const workWaits = worker.wake
  const following = await startFollowingAccess({ bus, access, changes, workWaits, logger })
  const guarded = guard(db, logger)
  const findCandidates = createFindCandidates({ index, indexes, models, embeddingModel })
  const awaitRevision = createAwaitRevision({ changes, look: following.look })

  await bus.serve(retrievalContract, {
    putDocument: guarded(createPutDocument({ db, reader, keys, workWaits })),
    removeDocuments: guarded(createRemoveDocuments({ db, workWaits })),
    awaitIndexed: guarded(createAwaitIndexed({ db, done })),
    search: guarded(createSearch({ access, passages, findCandidates, awaitRevision, keys })),
    getPassage: guarded(createGetPassage({ access, passages })),
    getDocument: guarded(createGetDocument({ access, passages })),
    indexStatus: guarded(createIndexStatus({ db, access, changes })),
  })
  return {
    async notReady() {
      const [database, search] = await Promise.all([databaseAnswers(db), index.answers()])
      return [...(database ? [] : ['database']), ...(search ? [] : ['search'])]
    },
    async close() {
      await Promise.all([worker.close(), following.close(), reader.close()])
    },
  }
}
