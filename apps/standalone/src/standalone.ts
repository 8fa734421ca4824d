import { join } from 'node:path'
import { createAccessControl } from '@tessera/access-control/app'
import { createFileSink, createMemorySink } from '@tessera/access-control/log/checkpoint-sink'
import { migrateAccessControl } from '@tessera/access-control/migrations'
import { createWorkspace } from '@tessera/access-control/workspaces/create-workspace'
import { createAgents } from '@tessera/agents/app'
import { migrateAgents } from '@tessera/agents/migrations'
import { createConnectors } from '@tessera/connectors/app'
import { settings as connectorSettings, settingsOf as connectorOptions } from '@tessera/connectors/config'
import { migrateConnectors } from '@tessera/connectors/migrations'
import { createGateway } from '@tessera/gateway/app'
import { createModelRouter } from '@tessera/model-router/app'
import { settings as modelSettings } from '@tessera/model-router/config'
import { migrateModelRouter } from '@tessera/model-router/migrations'
import { readCatalogue } from '@tessera/model-router/catalogue/read-catalogue'
import { describeModels } from '@tessera/model-router/models/describe-models'
import { providersFromConfig } from '@tessera/model-router/providers/providers-from-config'
import { createRetrieval } from '@tessera/retrieval/app'
import { settings as retrievalSettings, settingsOf as retrievalOptions } from '@tessera/retrieval/config'
import { createPgliteIndex } from '@tessera/retrieval/index/pglite/pglite-index'
import { migrateRetrieval } from '@tessera/retrieval/migrations'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import type { Logger } from 'pino'
import { Type } from 'typebox'
import type { DevelopmentIssuer } from './development-issuer.ts'
import type { Installation } from './installation.ts'

export type StandaloneOptions = {
  /** Where the data lies; absent: in memory, gone at the end. */
  dataDir?: string
  installation: Installation
  issuer: DevelopmentIssuer
  /** The first workspace's first admin, made at the first start. */
  admin: { id: string; name: string }
  host: string
  /** 0 takes a free one. */
  port: number
  /** Folders that connections may read. */
  folderRoots: readonly string[]
  /** Where the keys of providers are looked for, and all settings of services that the embedded databases leave open. */
  environment: Readonly<Record<string, string | undefined>>
  logger: Logger
}

export type Standalone = {
  /** Where the gateway answers, without a slash at the end. */
  readonly url: string
  /** The models that are switched on, in words. */
  readonly models: readonly string[]
  /** Lets requests in flight end, then stops every service and closes the databases. */
  close(): Promise<void>
}

/** All six services in this process: in-process bus, two embedded databases (facts and texts; the search index). */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer()
  }
  try {
    return { ...(await start(options, (closer) => closers.push(closer))), close }
  } catch (error) {
    await close()
    throw error
  }
}

const Settings = Type.Object({ ...modelSettings, ...retrievalSettings, ...connectorSettings })

async function start(options: StandaloneOptions, onClose: (closer: () => Promise<unknown>) => void) {
  const { dataDir, installation, logger } = options
  const config = loadConfig(Settings, options.environment)
  const [pglite, searchPglite] = await Promise.all([
    openPglite(dataDir ? { dataDir: join(dataDir, 'database') } : {}),
    openPglite({ ...(dataDir ? { dataDir: join(dataDir, 'search') } : {}), extensions: ['vector', 'pg_textsearch'] }),
  ])
  onClose(() => pglite.close())
  onClose(() => searchPglite.close())
  const databaseOf = async <T>(
    schema: string,
    migrate: (db: ReturnType<typeof createDatabase<T>>, schema: string) => Promise<unknown>,
  ) => {
    const db = createDatabase<T>({ pglite, schema })
    await migrate(db, schema)
    return db
  }
  const accessDb = await databaseOf('access', migrateAccessControl)
  const retrievalDb = await databaseOf('retrieval', migrateRetrieval)
  const modelsDb = await databaseOf('models', migrateModelRouter)
  const agentsDb = await databaseOf('agents', migrateAgents)
  const connectorsDb = await databaseOf('connectors', migrateConnectors)
  await makeFirstWorkspace(accessDb, options)

  const network = createInProcessNetwork({ logger })
  const busOf = (service: Parameters<typeof network.join>[0]) => {
    const bus = network.join(service)
    onClose(() => bus.close())
    return bus
  }
  const providers = await providersFromConfig(config, { logger })
  const defaultModel = config.DEFAULT_MODEL
  const service = async <S extends { close(): Promise<unknown> }>(starting: Promise<S>) => {
    const started = await starting
    onClose(() => started.close())
    return started
  }
  const sink = dataDir ? await createFileSink(join(dataDir, 'audit')) : createMemorySink()
  const audit = { signingKey: installation.auditSigningKey, sink }
  await service(createAccessControl({ bus: busOf('access'), db: accessDb, logger, audit }))
  const catalogue = await readCatalogue(config.MODEL_CATALOGUE)
  await service(createModelRouter({ bus: busOf('models'), db: modelsDb, providers, defaultModel, catalogue, logger }))
  await service(
    createRetrieval({
      bus: busOf('retrieval'),
      db: retrievalDb,
      index: createPgliteIndex({ pglite: searchPglite }),
      passageIdKey: installation.passageIdKey,
      ...retrievalOptions(config),
      logger,
    }),
  )
  await service(
    createConnectors({
      bus: busOf('connectors'),
      db: connectorsDb,
      folderRoots: options.folderRoots,
      options: connectorOptions(config),
      logger,
    }),
  )
  await service(createAgents({ bus: busOf('agents'), db: agentsDb, logger }))
  const gateway = await service(
    createGateway({ bus: busOf('gateway'), logger, config: { revisionTokenKey: installation.revisionTokenKey } }),
  )
  const url = await gateway.app.listen({ host: options.host, port: options.port })
  return { url, models: describeModels(providers, defaultModel) }
}

async function makeFirstWorkspace(db: Parameters<typeof createWorkspace>[0], { issuer, admin }: StandaloneOptions) {
  const made = await createWorkspace(db, {
    title: 'Standalone',
    provider: {
      issuer: issuer.issuer,
      audience: issuer.audience,
      jwks: issuer.jwks,
      jwksUrl: undefined,
      joinAs: 'pending',
    },
    admin: { subject: admin.id, displayName: admin.name },
    twoAdmins: false,
  })
  // It works once: every later start finds the workspace that the first one made.
  if (!made.ok && made.fault.code !== 'access.conflict') throw new Error(made.fault.detail)
}
