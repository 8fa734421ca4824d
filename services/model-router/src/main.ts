import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { createDatabase } from '@tessera/shared/database/database'
import { createApp } from '@tessera/shared/http/create-app'
import { runService } from '@tessera/shared/http/run-service'
import { createModelRouter } from './app.ts'
import { readCatalogue } from './catalogue/read-catalogue.ts'
import { Environment } from './config.ts'
import type { ModelsDatabase } from './database.ts'
import { describeModels } from './models/describe-models.ts'
import { providersFromConfig } from './providers/providers-from-config.ts'

await runService(
  { name: 'model-router', environment: process.env, schema: Environment },
  async ({ config, logger, onClose }) => {
    const providers = await providersFromConfig(config, { logger })
    const defaultModel = config.DEFAULT_MODEL
    const catalogue = await readCatalogue(config.MODEL_CATALOGUE)
    logger.info({ models: describeModels(providers, defaultModel) }, 'The models that are switched on')
    const db = createDatabase<ModelsDatabase>({ url: config.DATABASE_URL, schema: 'models' })
    onClose('database', () => db.destroy())
    const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'models', logger })
    const service = await createModelRouter({
      ...{ bus, db, providers, defaultModel, catalogue, logger },
      leaseMs: config.REPLICA_LEASE_MS,
      textsInSpans: config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT,
    })
    // After the bus: what it still serves when told to stop is counted as well.
    onClose('service', () => service.close())
    onClose('bus', () => bus.close())
    const notReady = async () => [...(bus.connected() ? [] : ['bus']), ...(await service.notReady())]
    const app = await createApp({ name: 'model-router', logger, notReady })
    onClose('http', () => app.close())
    await app.listen({ port: config.PORT, host: config.HOST })
  },
)
