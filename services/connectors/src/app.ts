import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { createCreateConnection } from './connections/create-connection.ts'
import { createListConnections } from './connections/list-connections.ts'
import { createCreateDataSource } from './data-sources/create-data-source.ts'
import { createGetDataSource, createListDataSources } from './data-sources/read-data-sources.ts'
import type { ConnectorsDatabase } from './database.ts'
import { createAcknowledge } from './documents/acknowledge.ts'
import { createDeleteDocument } from './documents/delete-document.ts'
import { finishPending } from './documents/finish-pending.ts'
import { createGetDocument } from './documents/get-document.ts'
import { createListSkipped } from './documents/list-skipped.ts'
import { createPutAccess } from './documents/put-access.ts'
import { createPutDirectory } from './documents/put-directory.ts'
import { createPutDocument } from './documents/put-document.ts'
import { createPutFilePart } from './files/put-file-part.ts'
import { createReadFile } from './files/read-file.ts'
import { type ConnectorsOptions, defaultOptions } from './options.ts'
import { createSourceOf } from './sources/source-of.ts'
import { createGetSync, createListSyncs } from './syncs/read-syncs.ts'
import { createStartSync } from './syncs/start-sync.ts'
import type { SyncBoundary } from './syncs/sync-context.ts'
import { createSyncWorker } from './syncs/sync-worker.ts'

export type ConnectorsDeps = {
  bus: Bus
  db: Kysely<ConnectorsDatabase>
  /** Folders that connections may read from, and nothing outside of them. None: no folder can be connected. */
  folderRoots: readonly string[]
  logger: Logger
  options?: Partial<ConnectorsOptions>
  /** For tests: awaited wherever a sync may be killed. */
  onSyncBoundary?: (name: SyncBoundary) => Promise<void>
}

/** The connectors: what came from where, under whose rights. Serves its contract and runs syncs until it is closed. */
export async function createConnectors(deps: ConnectorsDeps): Promise<Service> {
  const { bus, db, folderRoots, logger } = deps
  const options = { ...defaultOptions, ...deps.options }
  const access = bus.connectTo(accessContract)
  const retrieval = bus.connectTo(retrievalContract)
  const clients = {
    ...{ db, bus, access, retrieval },
    putAccess: createPutAccess({ bus, access }),
    acknowledge: createAcknowledge(db),
  }
  const sourceOf = createSourceOf(db, folderRoots, options.maxFileBytes)
  const worker = createSyncWorker({
    ...clients,
    logger,
    options,
    sourceOf,
    onBoundary: deps.onSyncBoundary,
    alsoDo: (signal) => finishPending(clients, signal),
  })
  await bus.serve(connectorsContract, {
    createConnection: createCreateConnection({ db, access, folderRoots }),
    listConnections: createListConnections({ db, access }),
    createDataSource: createCreateDataSource({ db, bus, access, freshnessMs: options.freshnessMs }),
    listDataSources: createListDataSources({ db, access }),
    getDataSource: createGetDataSource({ db, access }),
    startSync: createStartSync({ db, access, wake: worker.wake }),
    getSync: createGetSync({ db, access }),
    listSyncs: createListSyncs({ db, access }),
    listSkipped: createListSkipped({ db, access }),
    putDirectory: createPutDirectory(clients),
    putFilePart: createPutFilePart({ db, access, maxFileBytes: options.maxFileBytes }),
    readFile: createReadFile({ db, sourceOf }),
    putDocument: createPutDocument(clients),
    getDocument: createGetDocument(clients),
    deleteDocument: createDeleteDocument(clients),
  })
  return {
    async notReady() {
      const missing = []
      if (!(await databaseAnswers(db))) missing.push('database')
      if (!bus.connected()) missing.push('bus')
      return missing
    },
    close: () => worker.close(),
  }
}
