import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { createDatabase } from '@tessera/shared/database/database'
import { createApp } from '@tessera/shared/http/create-app'
import { runService } from '@tessera/shared/http/run-service'
import { createConnectors } from './app.ts'
import { Environment, foldersOf, schema, settingsOf } from './config.ts'
import type { ConnectorsDatabase } from './database.ts'

const name = 'connectors'
await runService({ name, environment: process.env, schema: Environment }, async ({ config, logger, onClose }) => {
  const folderRoots = foldersOf(config.FOLDER_ROOTS)
  // Not the error itself: it carries its client, with every statement that this has prepared.
  const onError = ({ message }: Error) => logger.warn({ message }, 'An idle database connection broke')
  const db = createDatabase<ConnectorsDatabase>({ url: config.DATABASE_URL, schema, onError })
  onClose('database', () => db.destroy())
  const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'connectors', logger })
  onClose('bus', () => bus.close())
  const connectors = await createConnectors({ bus, db, folderRoots, logger, options: settingsOf(config) })
  onClose('service', () => connectors.close())
  const app = await createApp({ name, logger, notReady: () => connectors.notReady() })
  onClose('http', () => app.close())
  await app.listen({ port: config.PORT, host: config.HOST })
})
