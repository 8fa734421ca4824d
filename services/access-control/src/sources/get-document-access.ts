import { fail, ok } from '@tessera/shared/fault/result'
import type { Transaction } from 'kysely'
import { readAs, readAt } from '../changes/read-at.ts'
import type { AccessTables } from '../database.ts'
import { futureRevision, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findDataSource } from './data-sources.store.ts'
import { findDocuments, findLayers } from './documents.store.ts'

/** The source layer of a document: for admins, and for the data source whose layer it is. */
export const getDocumentAccess: Make<'getDocumentAccess'> = ({ db }) =>
  async function getDocumentAccess({ documentId, atLeast }, call) {
    const { workspaceId, subject } = call.caller
    if (!subject.startsWith('connector:')) {
      return readAs(db, call, { anyOf: ['admin'], atLeast }, ({ trx, revision }) =>
        describe(trx, workspaceId, documentId, revision),
      )
    }
    return readAt(db, workspaceId, async (trx, revision) => {
      const future = futureRevision(revision, atLeast)
      if (future) return fail(future)
      const found = await describe(trx, workspaceId, documentId, revision)
      // Another data source's document must not be told from a missing one.
      return found.ok && subject !== `connector:${found.value.dataSourceId}` ? fail(unknown('document')) : found
    })
  }

async function describe(trx: Transaction<AccessTables>, workspaceId: string, documentId: string, revision: number) {
  const [document] = await findDocuments(trx, workspaceId, [documentId])
  const source = (await findLayers(trx, workspaceId, [documentId])).find(({ layer }) => layer === 'source')
  const place = document && (await findDataSource(trx, workspaceId, document.data_source_id))
  if (!place || document.deleted_rev !== null || !source?.content_version) return fail(unknown('document'))
  return ok({
    documentId,
    contentVersion: source.content_version,
    allow: source.allow,
    deny: source.deny,
    gates: source.gates,
    denyAgents: source.deny_agents,
    state: source.state,
    ...(source.reason === null ? {} : { reason: source.reason }),
    dataSourceId: document.data_source_id,
    space: place.space,
    revision,
  })
}
