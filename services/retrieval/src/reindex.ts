import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { loadConfig } from '@tessera/shared/config/load-config'
import { createDatabase } from '@tessera/shared/database/database'
import { createLogger } from '@tessera/shared/http/logger'
import { clearedLabelsOf, Environment } from './config.ts'
import type { RetrievalTables } from './database.ts'
import { createElasticsearchIndex } from './index/elasticsearch/elasticsearch-index.ts'
import { keepHeapSmall } from './keep-heap-small.ts'
import { createIndexParts } from './reindex/index-parts.ts'
import { reindexOutdated } from './reindex/reindex-outdated.ts'

/**
 * Makes the indexes that an earlier version of this program defined otherwise, beside the ones that are searched, and ends. Run with the environment of the service and
 * after the migrations, while processes of that version still serve. Stopped, it goes on from there the next time.
 */
keepHeapSmall()
const config = loadConfig(Environment, process.env)
const logger = createLogger('reindex', { level: config.LOG_LEVEL })
const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
const db = createDatabase<RetrievalTables>({ url: config.DATABASE_URL, schema: 'retrieval' })
const index = createElasticsearchIndex({
  url: config.ELASTICSEARCH_URL,
  apiKey: config.ELASTICSEARCH_API_KEY,
  prefix: config.ELASTICSEARCH_PREFIX,
})
const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'retrieval', logger })
try {
  const parts = createIndexParts({
    ...{ bus, db, index, logger },
    passageIdKey: config.PASSAGE_ID_KEY,
    embeddingModel: config.EMBEDDING_MODEL,
    embeddingClearedLabels: clearedLabelsOf(config),
  })
  const made = await reindexOutdated(parts, stopping.signal)
  logger.info({ made }, 'Every index is of this version')
} finally {
  await bus.close()
  await index.close()
  await db.destroy()
}
