import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { databaseVariables } from '@tessera/shared/database/database-environment'
import { ConfigError, Secret } from '@tessera/shared/config/load-config'
import { processVariables } from '@tessera/shared/http/run-service'
import { type Static, Type } from 'typebox'

/** What the command that migrates the schema reads. */
export const MigrationEnvironment = Type.Object(databaseVariables)

/** What does not depend on where the service runs. */
export const settings = {
  EMBEDDING_CLEARED_LABELS: Type.String({
    default: '',
    pattern: '^[a-z0-9_.,-]*$',
    description:
      'labels with commas between; the full text of a passage with any other label is not sent to the embedding model',
  }),
  READING_PROCESSES: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 64,
    description: 'how many files are read at once',
  }),
  READING_TIMEOUT_MS: Type.Integer({
    default: 20_000,
    minimum: 1000,
    maximum: 40_000,
    description: 'how long one may take',
  }),
  READING_MEMORY_MB: Type.Integer({
    default: 768,
    minimum: 128,
    description: 'what the process that reads one may take',
  }),
  PASSAGE_TARGET_TOKENS: Type.Integer({
    default: 300,
    minimum: 50,
    maximum: 2000,
    description: 'where a passage ends',
  }),
  PASSAGE_MAX_TOKENS: Type.Integer({ default: 500, minimum: 50, maximum: 4000, description: 'where a passage is cut' }),
  EMBEDDING_MODEL: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]+/.+$',
      description: 'provider/name; absent: passages are ranked by words alone',
    }),
  ),
  RERANK_MODEL: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]+/.+$',
      description: 'provider/name; it reads what was found together with the query; absent: results stand as found',
    }),
  ),
}
const Settings = Type.Object(settings)

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...MigrationEnvironment.properties,
  ...natsVariables,
  ELASTICSEARCH_URL: Type.String({ minLength: 1, description: 'as http://host:9200' }),
  ELASTICSEARCH_API_KEY: Type.Optional(Secret()),
  ELASTICSEARCH_PREFIX: Type.String({
    default: 'tessera',
    pattern: '^[a-z0-9][a-z0-9_-]*$',
    description: 'before the name of every index',
  }),
  PASSAGE_ID_KEY: Secret({ minLength: 16, description: 'names passages; another one gives every passage another id' }),
  ...settings,
})

/** The options of `createRetrieval` that these settings stand for. */
export function settingsOf(config: Static<typeof Settings>) {
  return {
    embeddingModel: config.EMBEDDING_MODEL,
    embeddingClearedLabels: clearedLabelsOf(config),
    rerankModel: config.RERANK_MODEL,
    reading: readingOf(config),
  }
}

/** Limits of reading files, and the size of passages. */
function readingOf(config: Static<typeof Settings>) {
  const size = { target: config.PASSAGE_TARGET_TOKENS, max: config.PASSAGE_MAX_TOKENS }
  if (size.max < size.target) throw new ConfigError(['PASSAGE_MAX_TOKENS is less than PASSAGE_TARGET_TOKENS'])
  return {
    processes: config.READING_PROCESSES,
    timeoutMs: config.READING_TIMEOUT_MS,
    memoryMb: config.READING_MEMORY_MB,
    size,
  }
}

/** The labels whose full text the embedding model may be sent. */
export const clearedLabelsOf = ({ EMBEDDING_CLEARED_LABELS }: Static<typeof Settings>): string[] =>
  EMBEDDING_CLEARED_LABELS.split(',').filter((label) => label !== '')
