import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { checkAgents } from './agents/check-agents.ts'
import { putAgent } from './agents/put-agent.ts'
import { createHints } from './changes/hints.ts'
import { createWriter } from './changes/writer.ts'
import { checkPassages } from './check/check-passages.ts'
import { checkReadSets } from './check/check-read-sets.ts'
import { readerFilter } from './check/reader-filter.ts'
import type { AccessTables } from './database.ts'
import { guarded } from './edge/guarded.ts'
import { createGroup } from './groups/create-group.ts'
import { deleteGroup } from './groups/delete-group.ts'
import { listGroups } from './groups/list-groups.ts'
import { addMembership, listMemberships, removeMembership } from './groups/memberships.ts'
import type { AccessDeps, AccessHandlers } from './handler.ts'
import { changedDocuments } from './index/changed-documents.ts'
import { indexFacts } from './index/index-facts.ts'
import { createKey } from './keys/create-key.ts'
import { identifyKey } from './keys/identify-key.ts'
import { listKeys } from './keys/list-keys.ts'
import { revokeKey } from './keys/revoke-key.ts'
import { checkRole } from './people/check-role.ts'
import { createServiceAccount } from './people/create-service-account.ts'
import { createUser } from './people/create-user.ts'
import { getMe } from './people/get-me.ts'
import { identify } from './people/identify.ts'
import { linkIdentity, unlinkIdentity } from './people/link-identity.ts'
import { listProviders } from './people/list-providers.ts'
import { listServiceAccounts } from './people/list-service-accounts.ts'
import { listUsers } from './people/list-users.ts'
import { updateUser } from './people/update-user.ts'
import { confirmFresh } from './sources/confirm-fresh.ts'
import { getDocumentAccess } from './sources/get-document-access.ts'
import { putDataSource } from './sources/put-data-source.ts'
import { putDirectory } from './sources/put-directory.ts'
import { putDocumentAccess } from './sources/put-document-access.ts'
import { removeDocuments } from './sources/remove-documents.ts'
import { createSpace } from './spaces/create-space.ts'
import { listSpaces } from './spaces/list-spaces.ts'
import { listWorkspaces } from './workspaces/list-workspaces.ts'

export type AccessControlDeps = { bus: Bus; db: Kysely<AccessTables>; logger: Logger }

/** Serves the access contract: who may see or do what, and why. The schema must have been migrated. */
export async function createAccessControl({ bus, db, logger }: AccessControlDeps): Promise<Service> {
  const hints = createHints(bus, logger)
  await bus.serve(accessContract, guarded(handlersOf({ db, write: createWriter(db, hints) }), logger))
  return {
    notReady: async () => [...((await databaseAnswers(db)) ? [] : ['database']), ...(bus.connected() ? [] : ['bus'])],
    close: () => hints.settled(),
  }
}

const handlersOf = (deps: AccessDeps): AccessHandlers => ({
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
  listWorkspaces: listWorkspaces(deps),
  indexFacts: indexFacts(deps),
  changedDocuments: changedDocuments(deps),
})
