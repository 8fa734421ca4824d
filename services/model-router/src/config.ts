import { databaseVariables } from '@tessera/shared/database/database-environment'
import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'
import { providersEnvironment } from './providers/environment.ts'

/** What the command that migrates the schema reads. */
export const MigrationEnvironment = Type.Object(databaseVariables)

/** What does not depend on where the service runs: providers and their keys, and what is said of models. */
export const settings = {
  ...providersEnvironment,
  MODEL_CATALOGUE: Type.Optional(
    Type.String({
      description: 'A file with what you say of models (README): labels they are cleared for, prices, regions, …',
    }),
  ),
  REPLICA_LEASE_MS: Type.Integer({
    default: 60_000,
    minimum: 1000,
    description:
      'After how long without a sign of life another replica is taken for dead, and what it held of budgets is freed.',
  }),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: Type.Boolean({
    default: false,
    description: 'Whether prompts and answers stand in spans, for everybody who may read traces.',
  }),
  DEFAULT_MODEL: Type.Optional(
    Type.String({ pattern: '^[a-z0-9-]+/.+$', description: 'provider/name for those who choose no model' }),
  ),
}

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...MigrationEnvironment.properties,
  ...natsVariables,
  ...settings,
})
