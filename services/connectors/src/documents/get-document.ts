import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { auditFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Kysely } from 'kysely'
import { failFromAccess } from '../callers/access-faults.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import type { DeliverDeps } from './deliver.ts'

/** A document by its place in a source, as far as the caller may read it now. */
export const createGetDocument =
  ({
    db,
    retrieval,
  }: Pick<DeliverDeps, 'db' | 'retrieval'>): HandlerOf<(typeof connectorsContract)['operations']['getDocument']> =>
  ({ dataSourceId, externalId, atLeast }, call) =>
    orUnavailable(async () => {
      const known = await findDocument(db, { workspaceId: call.caller.workspaceId, dataSourceId, externalId })
      // A missing document takes the same way as one that the caller may not read, so that both look the same.
      const documentId = known ?? newId('doc')
      const found = await retrieval.getDocument({ documentId, ...(atLeast === undefined ? {} : { atLeast }) }, call)
      if (!found.ok) return failFromReading(found.fault)
      const { title, url, passages, indexed, revision } = found.value
      return ok({ documentId, externalId, title, passages, indexed, revision, ...(url === undefined ? {} : { url }) })
    })

async function findDocument(
  db: Kysely<ConnectorsDatabase>,
  { workspaceId, dataSourceId, externalId }: { workspaceId: string; dataSourceId: string; externalId: string },
): Promise<string | undefined> {
  if (externalId.includes('\0')) return undefined
  const row = await db
    .selectFrom('documents')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('data_source_id', '=', dataSourceId)
    .where('external_id', '=', externalId)
    .where('state', '=', 'live')
    .executeTakeFirst()
  return row?.id
}

function failFromReading(from: Fault) {
  const { code } = from
  if (code === 'retrieval.not-found') return fail(fault('not-found', 'No such document here.'))
  if (code === 'audit.unavailable') return fail(auditFaults.fault('unavailable', from.detail))
  if (code.startsWith('access.')) return failFromAccess(from)
  return fail(retrievalFaults.fault('unavailable', `The document could not be read (${code}).`))
}
