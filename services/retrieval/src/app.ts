import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
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
import { createAccessChangesStore } from './index-documents/access-changes.store.ts'
import { createDoorbell } from './index-documents/doorbell.ts'
import { startFollowingAccess } from './index-documents/follow-access.ts'
import { startWorker } from './index-documents/worker.ts'
import { createWorkStore } from './index-documents/work.store.ts'
import { createAwaitIndexed } from './index-status/await-indexed.ts'
import { createIndexStatus } from './index-status/index-status.ts'
import { createReader, type ReaderOptions } from './extract/reader/reader.ts'
import { createKnownRules } from './redact/known-rules.ts'
import { createPutPassages } from './redact/put-passages.ts'
import { createReconcileIndex } from './reconcile/reconcile-index.ts'
import { createIndexParts, type IndexPartsDeps } from './reindex/index-parts.ts'
import { startIndexJobs } from './reindex/start-index-jobs.ts'
import { createStartReindex } from './reindex/start-reindex.ts'
import { createStopReindex } from './reindex/stop-reindex.ts'
import { createAwaitRevision } from './search/await-revision.ts'
import { createFindCandidates } from './search/find-candidates.ts'
import { createSearch } from './search/search.ts'

export type RetrievalDeps = IndexPartsDeps & {
  /** `provider/name`; absent: results stand as the index ranked them. */
  rerankModel?: string | undefined
  /** Limits of reading files, and the size of passages. */
  reading?: ReaderOptions | undefined
}

/** Serves the contract of retrieval on the bus, and keeps the index up with content and access. */
export async function createRetrieval({ reading, rerankModel, ...deps }: RetrievalDeps): Promise<Service> {
  const parts = createIndexParts(deps)
  const { bus, db, index, access, models, keys, jobs, next, indexes, bell, logger } = parts
  const connectors = bus.connectTo(connectorsContract)
  const digestAccess = bus.connectTo(digestContract)
  const rules = createKnownRules({ bus, access })
  const putPassages = createPutPassages({ bus, access, keys })
  const reader = createReader(reading)
  const passages = createPassagesStore(db)
  const changes = createAccessChangesStore(db)
  const done = createDoorbell()

  const store = createWorkStore(db, index.definitionVersion)
  const worker = startWorker({ ...parts, rules, putPassages, store, onDone: done.ring })
  const workWaits = worker.wake
  const jobRunner = startIndexJobs({ ...parts, workWaits })
  const following = await startFollowingAccess({ bus, access, changes, rules, workWaits, logger })
  const guarded = guard(db, logger)
  const findCandidates = createFindCandidates({ index, indexes, models })
  const digests = createDigestsStore(db)
  const readInFull = createReadInFull({ access, passages })
  const keepProposal = createKeepProposal({ bus, access, digestAccess, rules, digests, keys })
  const admin = { access, jobs, next, jobWaits: bell.ring }
  const awaitRevision = createAwaitRevision({ changes, look: following.look })

  await bus.serve(retrievalContract, {
    putDocument: guarded(createPutDocument({ db, reader, connectors, keys, rules, putPassages, workWaits })),
    removeDocuments: guarded(createRemoveDocuments({ db, workWaits })),
    awaitIndexed: guarded(createAwaitIndexed({ db, done, look: following.look })),
    search: guarded(createSearch({ access, passages, findCandidates, awaitRevision, keys, models, rerankModel })),
    getPassage: guarded(createGetPassage({ access, passages })),
    getDocument: guarded(createGetDocument({ access, passages })),
    indexStatus: guarded(createIndexStatus({ db, access, changes, index, jobs, next })),
    startReindex: guarded(createStartReindex({ ...admin, indexes })),
    stopReindex: guarded(createStopReindex(admin)),
    reconcileIndex: guarded(createReconcileIndex(admin)),
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
      await Promise.all([jobRunner.close(), worker.close(), following.close(), reader.close()])
    },
  }
}
