import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { type AccessClient, requirePusher } from '../callers/authorize.ts'
import { getDataSource } from '../data-sources/data-sources.store.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { dropForgottenUploads, dropUpload, keepPart } from './uploads.store.ts'

type Deps = { db: Kysely<ConnectorsDatabase>; access: AccessClient; maxFileBytes: number }

/** Takes a part of a file that is pushed. What grows over the limit is dropped as a whole. */
export const createPutFilePart =
  ({ db, access, maxFileBytes }: Deps): HandlerOf<(typeof connectorsContract)['operations']['putFilePart']> =>
  ({ dataSourceId, uploadId, part, bytes }, call) =>
    orUnavailable(async () => {
      const { workspaceId } = call.caller
      const [allowed, dataSource] = await Promise.all([
        requirePusher(access, dataSourceId, call),
        getDataSource(db, workspaceId, dataSourceId),
      ])
      if (!allowed.ok) return allowed
      if (!dataSource) return fail(fault('not-found', 'No such data source here.'))
      if (dataSource.kind !== 'push')
        return fail(fault('invalid', 'The documents of this data source come from its connection.'))
      if (part === 0) await dropForgottenUploads(db)
      const sizeBytes = await keepPart(db, { uploadId, workspaceId, dataSourceId }, part, bytes)
      if (sizeBytes === undefined) return fail(fault('not-found', 'No such upload here.'))
      if (sizeBytes <= maxFileBytes) return ok({ sizeBytes })
      await dropUpload(db, uploadId)
      return fail(
        retrievalFaults.fault('too-large', `The file is over the limit of ${mebibytes(maxFileBytes)} MiB.`, {
          meta: { limitBytes: maxFileBytes },
        }),
      )
    })

const mebibytes = (bytes: number) => Math.round((bytes / 1024 / 1024) * 10) / 10
