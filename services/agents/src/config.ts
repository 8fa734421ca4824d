import { databaseVariables } from '@tessera/shared/database/database-environment'
import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'

/** The PostgreSQL schema of this service. */
export const schema = 'agents'

/** What the command that migrates the schema reads. */
export const MigrationEnvironment = Type.Object(databaseVariables)

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...MigrationEnvironment.properties,
  ...natsVariables,
  RUN_LEASE_MS: Type.Integer({
    default: 15_000,
    minimum: 1000,
    description: 'how long a run waits for a worker that is gone before another takes it up',
  }),
  RUN_TIMEOUT_MS: Type.Integer({ default: 600_000, minimum: 1000, description: 'how long a run may take in all' }),
})
