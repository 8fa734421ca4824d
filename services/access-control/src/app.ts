import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { type ApprovalDeps, administrationHandlers } from './administration/handlers.ts'
import { checkAgents } from './agents/check-agents.ts'
import { putAgent } from './agents/put-agent.ts'
import { exportLog } from './audit/export-log.ts'
import { listCheckpoints } from './audit/list-checkpoints.ts'
import { listDecisions } from './audit/list-decisions.ts'
import { createHints } from './changes/hints.ts'
import { createWriter } from './changes/writer.ts'
import { checkModels } from './check/check-models.ts'
import { checkPassages } from './check/check-passages.ts'
import { checkReadSets } from './check/check-read-sets.ts'
import { presentRevision } from './check/present-revision.ts'
import { readerFilter } from './check/reader-filter.ts'
import { rememberFacts } from './check/remembered-facts.ts'
import type { AccessTables } from './database.ts'
import { guarded } from './edge/guarded.ts'
import { createGroup } from './groups/create-group.ts'
import { deleteGroup } from './groups/delete-group.ts'
import { listGroups } from './groups/list-groups.ts'
import { addMembership, listMemberships, removeMembership } from './groups/memberships.ts'
import type { AccessDeps, AccessHandlers } from './handler.ts'
import type { CheckpointSink } from './log/checkpoint-sink.ts'
import { startCheckpointer } from './log/checkpointer.ts'
import type { Behind } from './log/compare-with-sink.ts'
import { readSigningKey } from './log/keys.ts'
import { createLogWriter } from './log/writer.ts'
import { createPolicyEngine } from './policies/engine/policy-engine.ts'
import type { PolicyIncident } from './policies/engine/questions.ts'
import { getPolicySchema, getPolicySet, listPolicySets } from './policies/get-policy-sets.ts'
import { createPolicyJudge } from './policies/policy-judge.ts'
import { importFacts } from './import/import-facts.ts'
import { changedDocuments } from './index/changed-documents.ts'
import { indexFacts } from './index/index-facts.ts'
import { putPassages } from './index/put-passages.ts'
import { createKey } from './keys/create-key.ts'
import { identifyKey } from './keys/identify-key.ts'
import { listKeys } from './keys/list-keys.ts'
import { revokeKey } from './keys/revoke-key.ts'
import { rotateKey } from './keys/rotate-key.ts'
import { checkRole } from './people/check-role.ts'
import { createServiceAccount } from './people/create-service-account.ts'
import { createUser } from './people/create-user.ts'
import { eraseUser } from './people/erase-user.ts'
import { getMe } from './people/get-me.ts'
import { identify } from './people/identify.ts'
import { linkIdentity, unlinkIdentity } from './people/link-identity.ts'
import { listProviders } from './people/list-providers.ts'
import { listServiceAccounts } from './people/list-service-accounts.ts'
import { listUsers } from './people/list-users.ts'
import { updateUser } from './people/update-user.ts'
import { checkPolicySet, publishPolicySet, rollBackPolicies } from './policies/publish-policy-set.ts'
import { createPolicySet, deletePolicySet, updatePolicySet } from './policies/write-draft.ts'
import { confirmFresh } from './sources/confirm-fresh.ts'
import { getDocumentAccess } from './sources/get-document-access.ts'
import { deleteLabel } from './labels/delete-label.ts'
import { approveDigest, proposeDigest, withdrawDigest } from './labels/digests.ts'
import { listClearances } from './labels/list-clearances.ts'
import { listLabels } from './labels/list-labels.ts'
import { putLabel } from './labels/put-label.ts'
import { questionHandlers } from './questions/question-handlers.ts'
import {
  createRedactionRule,
  deleteRedactionRule,
  listRedactionRules,
  redactionRules,
} from './labels/redaction-rules.ts'
import { setClearances } from './labels/set-clearances.ts'
import { eraseDocument } from './sources/erase-document.ts'
import { putDocumentLayer } from './sources/put-document-layer.ts'
import { putDataSource } from './sources/put-data-source.ts'
import { putDirectory } from './sources/put-directory.ts'
import { putDocumentAccess } from './sources/put-document-access.ts'
import { removeDocuments } from './sources/remove-documents.ts'
import { createSpace } from './spaces/create-space.ts'
import { listSpaces } from './spaces/list-spaces.ts'
import { listWorkspaces } from './workspaces/list-workspaces.ts'
import { stopWorkspace } from './workspaces/stop-workspace.ts'
import { stopsWhenBehind } from './workspaces/stops-when-behind.ts'

export type AccessControlDeps = {
  bus: Bus
  db: Kysely<AccessTables>
  logger: Logger
  /** What vouches for the decision log, outside the database: an Ed25519 key (PKCS8 DER in base64), and where its checkpoints go. */
  audit: { signingKey: string; sink: CheckpointSink }
}

/** Serves the access contract: who may see or do what, and why. The schema must have been migrated. */
export async function createAccessControl({ bus, db, logger, audit }: AccessControlDeps): Promise<Service> {
  const hints = createHints(bus, logger)
  const log = createLogWriter({ db })
  const key = readSigningKey(audit.signingKey)
  logger.info({ keyId: key.id, publicKey: key.publicKey }, 'The decision log is signed with this key')
  const onBehind = ({ workspaceId, what, checkpoint }: Behind) => {
    logger.fatal({ workspaceId, what, checkpoint }, 'The database is behind the checkpoints of its decision log')
    void stopWorkspace(db, workspaceId, checkpoint.revision, { evenAt: true }).catch((error: unknown) =>
      logger.error({ workspaceId, error }, 'A workspace that is behind could not be stopped yet'),
    )
  }
  const checkpointer = await startCheckpointer({ db, key, sink: audit.sink, log, logger, onBehind })
  const onIncident = (incident: PolicyIncident) => logger.error({ incident }, 'A policy could not be evaluated: denied')
  const engine = createPolicyEngine({ onIncident })
  // An error in a draft is its author's affair, and told to them.
  const drafts = createPolicyEngine({ onIncident: () => {} })
  const { confirmRestored, write: checkpoint } = checkpointer
  const deps = {
    db,
    facts: rememberFacts(),
    log,
    write: createWriter(db, hints, log),
    policies: createPolicyJudge(engine),
    drafts,
    checkpoint,
    confirmRestored,
  }
  const handlers = handlersOf(deps, (approval) => createWriter(db, hints, log, approval))
  await bus.serve(accessContract, guarded(stopsWhenBehind(handlers, db, logger), logger))
  return {
    notReady: async () => [...((await databaseAnswers(db)) ? [] : ['database']), ...(bus.connected() ? [] : ['bus'])],
    async close() {
      await Promise.all([hints.settled(), log.settled()])
      await checkpointer.close()
      await Promise.all([engine.close(), drafts.close()])
    },
  }
}

const handlersOf = (deps: AccessDeps, writerFor: ApprovalDeps['writerFor']): AccessHandlers => ({
  ...administrationHandlers(deps, { writerFor, handlersOf: (others) => handlersOf(others, writerFor) }),
  ...questionHandlers(deps),
  listProviders: listProviders(deps),
  identify: identify(deps),
  identifyKey: identifyKey(deps),
  getMe: getMe(deps),
  listUsers: listUsers(deps),
  createUser: createUser(deps),
  updateUser: updateUser(deps),
  linkIdentity: linkIdentity(deps),
  unlinkIdentity: unlinkIdentity(deps),
  createServiceAccount: createServiceAccount(deps),
  listServiceAccounts: listServiceAccounts(deps),
  createGroup: createGroup(deps),
  deleteGroup: deleteGroup(deps),
  listGroups: listGroups(deps),
  createSpace: createSpace(deps),
  listSpaces: listSpaces(deps),
  addMembership: addMembership(deps),
  removeMembership: removeMembership(deps),
  listMemberships: listMemberships(deps),
  createKey: createKey(deps),
  listKeys: listKeys(deps),
  revokeKey: revokeKey(deps),
  rotateKey: rotateKey(deps),
  eraseUser: eraseUser(deps),
  checkRole: checkRole(deps),
  putDataSource: putDataSource(deps),
  confirmFresh: confirmFresh(deps),
  putDirectory: putDirectory(deps),
  putDocumentAccess: putDocumentAccess(deps),
  removeDocuments: removeDocuments(deps),
  getDocumentAccess: getDocumentAccess(deps),
  putAgent: putAgent(deps),
  checkAgents: checkAgents(deps),
  readerFilter: readerFilter(deps),
  checkPassages: checkPassages(deps),
  checkReadSets: checkReadSets(deps),
  presentRevision: presentRevision(deps),
  checkModels: checkModels(deps),
  getPolicySchema: getPolicySchema(deps),
  listPolicySets: listPolicySets(deps),
  getPolicySet: getPolicySet(deps),
  createPolicySet: createPolicySet(deps),
  updatePolicySet: updatePolicySet(deps),
  deletePolicySet: deletePolicySet(deps),
  checkPolicySet: checkPolicySet(deps),
  publishPolicySet: publishPolicySet(deps),
  rollBackPolicies: rollBackPolicies(deps),
  listDecisions: listDecisions(deps),
  listCheckpoints: listCheckpoints(deps),
  exportLog: exportLog(deps),
  listWorkspaces: listWorkspaces(deps),
  indexFacts: indexFacts(deps),
  changedDocuments: changedDocuments(deps),
  putPassages: putPassages(deps),
  redactionRules: redactionRules(deps),
  putDocumentLayer: putDocumentLayer(deps),
  eraseDocument: eraseDocument(deps),
  listLabels: listLabels(deps),
  putLabel: putLabel(deps),
  deleteLabel: deleteLabel(deps),
  listClearances: listClearances(deps),
  setClearances: setClearances(deps),
  listRedactionRules: listRedactionRules(deps),
  createRedactionRule: createRedactionRule(deps),
  deleteRedactionRule: deleteRedactionRule(deps),
  proposeDigest: proposeDigest(deps),
  approveDigest: approveDigest(deps),
  withdrawDigest: withdrawDigest(deps),
  importFacts: importFacts(deps),
})
