import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { createDatabase } from '@tessera/shared/database/database'
import { createApp } from '@tessera/shared/http/create-app'
import { runService } from '@tessera/shared/http/run-service'
import { createRetrieval } from './app.ts'
import { Environment, settingsOf } from './config.ts'
import type { RetrievalTables } from './database.ts'
import { createElasticsearchIndex } from './index/elasticsearch/elasticsearch-index.ts'
import { keepHeapSmall } from './keep-heap-small.ts'

keepHeapSmall()

await runService(
  { name: 'retrieval', environment: process.env, schema: Environment },
  async ({ config, logger, onClose }) => {
    const db = createDatabase<RetrievalTables>({ url: config.DATABASE_URL, schema: 'retrieval', poolSize: 20 })
    onClose('database', () => db.destroy())
    const index = createElasticsearchIndex({
      url: config.ELASTICSEARCH_URL,
      apiKey: config.ELASTICSEARCH_API_KEY,
      prefix: config.ELASTICSEARCH_PREFIX,
    })
    onClose('search', () => index.close())
    const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'retrieval', logger })
    onClose('bus', () => bus.close())
    const service = await createRetrieval({
      bus,
      db,
      index,
      passageIdKey: config.PASSAGE_ID_KEY,
      ...settingsOf(config),
      logger,
    })
    // Before the bus: its workers ask access-control over it.
    onClose('service', () => service.close())
    const notReady = async () => [...(bus.connected() ? [] : ['bus']), ...(await service.notReady())]
    const app = await createApp({ name: 'retrieval', logger, notReady })
    onClose('http', () => app.close())
    await app.listen({ port: config.PORT, host: config.HOST })
  },
)
