import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { databaseVariables } from '@tessera/shared/database/database-environment'
import { Secret } from '@tessera/shared/config/load-config'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'

/** What the command that migrates the schema reads. */
export const MigrationEnvironment = Type.Object(databaseVariables)

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
  EMBEDDING_CLEARED_LABELS: Type.String({
    default: '',
    pattern: '^[a-z0-9_.,-]*$',
    description:
      'labels with commas between; the full text of a passage with any other label is not sent to the embedding model',
  }),
  EMBEDDING_MODEL: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]+/.+$',
      description: 'provider/name; absent: passages are ranked by words alone',
    }),
  ),
})
