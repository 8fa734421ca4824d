import { databaseVariables } from '@tessera/shared/database/database-environment'
import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'

/** The PostgreSQL schema of this service's tables. */
export const schema = 'access'

/** What the commands read that change tables or make a workspace. */
export const DatabaseEnvironment = Type.Object(databaseVariables)

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...DatabaseEnvironment.properties,
  ...natsVariables,
})
