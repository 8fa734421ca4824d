import { Secret } from '@tessera/shared/config/load-config'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'

/** The PostgreSQL schema of this service. */
export const schema = 'agents'

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
  RUN_LEASE_MS: Type.Integer({
    default: 15_000,
    minimum: 1000,
    description: 'how long a run waits for a worker that is gone before another takes it up',
  }),
  RUN_TIMEOUT_MS: Type.Integer({ default: 600_000, minimum: 1000, description: 'how long a run may take in all' }),
})
