import { databaseVariables } from '@tessera/shared/database/database-environment'
import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { delimiter, isAbsolute } from 'node:path'
import { ConfigError } from '@tessera/shared/config/load-config'
import { processVariables } from '@tessera/shared/http/run-service'
import { type Static, Type } from 'typebox'

/** The PostgreSQL schema of this service's tables. */
export const schema = 'connectors'

/** What the command that changes tables reads. */
export const MigrationEnvironment = Type.Object(databaseVariables)

/** What does not depend on where the service runs. */
export const settings = {
  SYNC_INTERVAL_MS: Type.Integer({
    default: 15 * 60 * 1000,
    minimum: 1000,
    description: 'how long after a sync the next one starts by itself',
  }),
  MAX_FILE_MB: Type.Integer({
    default: 50,
    minimum: 1,
    maximum: 500,
    description: 'a file that is larger, in MiB, is not taken in, whether it is pushed or lies in a folder',
  }),
  FRESHNESS_MS: Type.Integer({
    default: 24 * 60 * 60 * 1000,
    minimum: 60_000,
    description: 'how old the rights of a new synced data source may grow before nobody reads it',
  }),
}
const Settings = Type.Object(settings)

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...databaseVariables,
  ...natsVariables,
  FOLDER_ROOTS: Type.Optional(
    Type.String({ description: `absolute paths that folder connections may read under, separated by "${delimiter}"` }),
  ),
  ...settings,
})

/** The options of `createConnectors` that these settings stand for. */
export const settingsOf = (config: Static<typeof Settings>) => ({
  syncIntervalMs: config.SYNC_INTERVAL_MS,
  freshnessMs: config.FRESHNESS_MS,
  maxFileBytes: config.MAX_FILE_MB * 1024 * 1024,
})

/** The folders of `FOLDER_ROOTS`. A relative one would mean another folder wherever the process is started. */
export function foldersOf(roots: string | undefined): string[] {
  const folders = (roots ?? '').split(delimiter).filter((root) => root !== '')
  const relative = folders.filter((folder) => !isAbsolute(folder))
  if (relative.length > 0)
    throw new ConfigError([`FOLDER_ROOTS has paths that are not absolute: ${relative.join(', ')}`])
  return folders
}
