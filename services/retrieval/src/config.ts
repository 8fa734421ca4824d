import { Secret } from '@tessera/shared/config/load-config'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'

/** What the command that migrates the schema reads. */
export const MigrationEnvironment = Type.Object({
  DATABASE_URL: Secret({ description: 'PostgreSQL, as postgres://user:password@host:port/database' }),
})

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...MigrationEnvironment.properties,
  NATS_URL: Type.String({ minLength: 1, description: 'one or more addresses, nats://…, separated by commas' }),
  NATS_USER: Type.Optional(Type.String()),
  NATS_PASSWORD: Type.Optional(Secret()),
  NATS_PREFIX: Type.String({
    default: 'tessera',
    pattern: '^[A-Za-z0-9_-]+$',
    description: 'first token of every subject',
  }),
  ASSERTION_KEY: Secret({ description: 'this service’s Ed25519 private key, PKCS8 DER in base64' }),
  ASSERTION_TRUST: Type.String({ minLength: 2, description: 'JSON: service → Ed25519 public key, SPKI DER in base64' }),
  ELASTICSEARCH_URL: Type.String({ minLength: 1, description: 'as http://host:9200' }),
  ELASTICSEARCH_API_KEY: Type.Optional(Secret()),
  ELASTICSEARCH_PREFIX: Type.String({
    default: 'tessera',
    pattern: '^[a-z0-9][a-z0-9_-]*$',
    description: 'before the name of every index',
  }),
  PASSAGE_ID_KEY: Secret({ minLength: 16, description: 'names passages; another one gives every passage another id' }),
  EMBEDDING_MODEL: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]+/.+$',
      description: 'provider/name; absent: passages are ranked by words alone',
    }),
  ),
})
