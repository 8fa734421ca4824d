import { databaseVariables } from '@tessera/shared/database/database-environment'
import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'
import { providersEnvironment } from './providers/environment.ts'

/** What the command that migrates the schema reads. */
export const MigrationEnvironment = Type.Object(databaseVariables)

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...MigrationEnvironment.properties,
  ...natsVariables,
  ...providersEnvironment,
  MODEL_CATALOGUE: Type.Optional(
    Type.String({
      description: 'A file with what you say of models (README): labels they are cleared for, prices, regions, …',
    }),
  ),
  DEFAULT_MODEL: Type.Optional(
    Type.String({ pattern: '^[a-z0-9-]+/.+$', description: 'provider/name for those who choose no model' }),
  ),
})
