import type { HandlerOf } from '@tessera/shared/bus/contract'
import { type connectorsContract, filePartBytes } from '@tessera/shared/contracts/connectors'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import type { Source } from '../sources/source.ts'
import { readPart } from './uploads.store.ts'

type Deps = { db: Kysely<ConnectorsDatabase>; sourceOf: (dataSourceId: string) => Promise<Source> }

/** A part of the file of one version, for who was just asked to store it, in the name of its data source. Whether it is all of one content, its hash tells. */
export const createReadFile =
  ({ db, sourceOf }: Deps): HandlerOf<(typeof connectorsContract)['operations']['readFile']> =>
  ({ dataSourceId, documentId, contentVersion, offset }, { caller }) =>
    orUnavailable(async () => {
      const document = await db
        .selectFrom('documents')
        .leftJoin('originals', 'originals.document_id', 'documents.id')
        .select(['documents.external_id as externalId', 'originals.content'])
        .where('documents.id', '=', documentId)
        .where('documents.workspace_id', '=', caller.workspaceId)
        .where('documents.data_source_id', '=', dataSourceId)
        .where('documents.content_version', '=', contentVersion)
        .executeTakeFirst()
      if (!document || caller.subject !== `connector:${dataSourceId}`)
        return fail(fault('not-found', 'No such file here.'))
      const { externalId, content } = document
      if (content !== null) return ok({ bytes: content.file ? await readPart(db, content.file.uploadId, offset) : '' })
      const bytes = await (await sourceOf(dataSourceId)).readPart(externalId, offset, filePartBytes)
      return bytes
        ? ok({ bytes: Buffer.from(bytes).toString('base64') })
        : fail(fault('not-found', 'The file is gone.'))
    })
