import { Secret } from '../config/load-config.ts'

/** What every service and command that has a database reads, for its environment schema. */
export const databaseVariables = {
  DATABASE_URL: Secret({ description: 'PostgreSQL 15 or newer, as postgres://user:password@host:port/database' }),
}
