import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Logger } from 'pino'
import type { RetrievalDatabase } from './database.ts'
import { createApproveDigest } from './digests/approve-digest.ts'
import { digestContract } from './digests/digest-access.ts'
import { createDigestsStore } from './digests/digests.store.ts'
import { createGetDigests } from './digests/get-digests.ts'
import { createDraftDigest } from './digests/draft-digest.ts'
import { createKeepProposal } from './digests/keep-proposal.ts'
import { createProposeDigest } from './digests/propose-digest.ts'
import { createReadInFull } from './digests/read-in-full.ts'
import { createWithdrawDigest } from './digests/withdraw-digest.ts'
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
import { createVectorsStore } from './index-documents/vectors.store.ts'
import { createWorkStore } from './index-documents/work.store.ts'
import { createAwaitIndexed } from './index-status/await-indexed.ts'
import { createIndexStatus } from './index-status/index-status.ts'
import { createKeys } from './passages/passage-ids.ts'
import { createReader, type ReaderOptions } from './extract/reader/reader.ts'
import { createKnownRules } from './redact/known-rules.ts'
import { createPutPassages } from './redact/put-passages.ts'
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
  /** `provider/name`; absent: results stand as the index ranked them. */
  rerankModel?: string | undefined
  /** The full text of a passage with any other label is not sent to the embedding model. Absent: of any with a label. */
  embeddingClearedLabels?: readonly string[] | undefined
  /** Limits of reading files, and the size of passages. */
  reading?: ReaderOptions | undefined
  logger: Logger
}

/** Serves the contract of retrieval on the bus, and keeps the index up with content and access. */
export async function createRetrieval(deps: RetrievalDeps): Promise<Service> {
  const {
    bus,
    db,
    index,
    passageIdKey,
    embeddingModel,
    rerankModel,
    embeddingClearedLabels = [],
    reading,
    logger,
  } = deps
  const access = bus.connectTo(accessContract)
  const models = bus.connectTo(modelsContract)
  const connectors = bus.connectTo(connectorsContract)
  const digestAccess = bus.connectTo(digestContract)
  const keys = createKeys(passageIdKey)
  const rules = createKnownRules({ bus, access })
  const putPassages = createPutPassages({ bus, access, keys })
  const reader = createReader(reading)
  const passages = createPassagesStore(db)
  const store = createWorkStore(db)
  const changes = createAccessChangesStore(db)
  const vectors = createVectorsStore(db)
  const indexes = createKnownIndexes({ index, store, embeddingModel, logger })
  const done = createDoorbell()

  const worker = startWorker({
    bus,
    db,
    index,
    access,
    models,
    vectors,
    rules,
    putPassages,
    keys,
    embeddingModel,
    embeddingClearedLabels: new Set(embeddingClearedLabels),
    store,
    indexes,
    onDone: done.ring,
    logger,
  })
  const workWaits = worker.wake
  const following = await startFollowingAccess({ bus, access, changes, rules, workWaits, logger })
  const guarded = guard(db, logger)
  const findCandidates = createFindCandidates({ index, indexes, models, embeddingModel })
  const digests = createDigestsStore(db)
  const readInFull = createReadInFull({ access, passages })
  const keepProposal = createKeepProposal({ bus, access, digestAccess, rules, digests, keys })
  const awaitRevision = createAwaitRevision({ changes, look: following.look })

  await bus.serve(retrievalContract, {
    putDocument: guarded(createPutDocument({ db, reader, connectors, keys, rules, putPassages, workWaits })),
    removeDocuments: guarded(createRemoveDocuments({ db, workWaits })),
    awaitIndexed: guarded(createAwaitIndexed({ db, done })),
    search: guarded(
      createSearch({ access, passages, findCandidates, awaitRevision, keys, models, embeddingModel, rerankModel }),
    ),
    getPassage: guarded(createGetPassage({ access, passages })),
    getDocument: guarded(createGetDocument({ access, passages })),
    indexStatus: guarded(createIndexStatus({ db, access, changes })),
    proposeDigest: guarded(createProposeDigest({ readInFull, keepProposal })),
    draftDigest: guarded(createDraftDigest({ access, models, readInFull, keepProposal })),
    getDigests: guarded(createGetDigests({ bus, access, readInFull, digests, keys })),
    approveDigest: guarded(createApproveDigest({ access: digestAccess, readInFull, digests, keys })),
    withdrawDigest: guarded(createWithdrawDigest({ access: digestAccess, passages, digests })),
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
